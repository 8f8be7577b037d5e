/** Where shoppers find a drop, for links that leave this site. */
export const dropAddress = (id: string): string => `${location.origin}/drops/${id}`;
