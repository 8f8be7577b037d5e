const { charCodeAt } = String.prototype; // eslint-disable-line @typescript-eslint/unbound-method -- called with a text as receiver

/**
 * `text.charCodeAt(at)` for loops over each character. As a property of the text it is looked up at every call where a loop has met texts
 * that V8 keeps in several ways (slices, joins, names); as a function it is compiled to a load (docs/adr/0115).
 */
export const codeAt = (text: string, at: number): number => charCodeAt.call(text, at);
