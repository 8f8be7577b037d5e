/** `Cache-Control` of an answer that nobody but who asked may keep. */
export const PRIVATE = 'private, no-store';
