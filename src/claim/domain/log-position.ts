/** Where each partition of the log ended at some moment: offset of the next record. */
export type LogPosition = Readonly<Record<string, string>>;
