/** The tags of an `If-Match` or `If-None-Match`, without the mark of weak ones. */
export const tagsOf = (header: string): string[] =>
  header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));

const names = (header: string, etag: string): boolean =>
  tagsOf(header).some((tag) => tag === '*' || tag === etag.replace(/^W\//, ''));

/** Whether an `If-None-Match` shows that the client has this already (weak comparison, RFC 9110, section 13.1.2). */
export const ifNoneMatch = names;

/** Whether an `If-Match` names what is there now. A proxy that compresses makes tags weak, so their mark is no difference. */
export const ifMatch = names;
