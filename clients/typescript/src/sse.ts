export interface ServerSentEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Reads `text/event-stream` (WHATWG HTML, section 9.2.6). An event that the end cuts off is dropped. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  let fields: Record<string, string[]> = {};
  let id = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      // A CR at the end may be half of a CRLF.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          id = fields['id']?.at(-1) ?? id;
          const data = fields['data'];
          if (data) yield { event: fields['event']?.at(-1) ?? 'message', id, data: data.join('\n') };
          fields = {};
          continue;
        }
        const colon = line.indexOf(':');
        const name = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (name !== '') (fields[name] ??= []).push(text);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
