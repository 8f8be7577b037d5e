/** An error whose message is meant for the terminal as it stands: one line, no stack trace. */
export class PlainError extends Error {}
