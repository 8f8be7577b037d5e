const API = String.raw`v\d+|docs|openapi(-3\.1)?\.json`;
const IS_API = new RegExp(`^/(${API})(/|$)`);
const FOR_PROGRAMS = new RegExp(`^/(${API}|assets|healthz|readyz|metrics)(/|$)`);

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '/';

/** Whether the API or its document stands there: it takes no forms. @param url of a request, with or without a query */
export const isApi = (url: string): boolean => IS_API.test(pathOf(url));

/** Whether programs read what stands there: refusals are no pages. @param url of a request, with or without a query */
export const isForPrograms = (url: string): boolean => FOR_PROGRAMS.test(pathOf(url));
