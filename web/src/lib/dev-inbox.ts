/** Where development shows mails and login codes; elsewhere the server names no such place. */
export const devInbox: string | undefined =
  document.querySelector('meta[name="dev-inbox"]')?.getAttribute('content') ?? undefined;
