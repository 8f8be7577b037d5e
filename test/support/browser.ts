import type { Answer, CallOptions } from './api.js';

/** A browser as far as a server sees one: it keeps cookies and says where a request comes from. No scripts, no pictures. */
export class Browser {
  /** Name -> value. */
  readonly cookies = new Map<string, string>();

  constructor(
    readonly url: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** How many of the cookies are those of the session: that the device is known outlives it. */
  get sessionCookies(): number {
    return [...this.cookies.keys()].filter((name) => /vc_(access|refresh)$/.test(name)).length;
  }

  /** Follows no redirect by itself: a test looks at each. */
  async send(
    method: string,
    path: string,
    options: CallOptions & { form?: Record<string, string> } = {},
  ): Promise<Answer> {
    const form = options.form && new URLSearchParams(options.form).toString();
    const body =
      form ?? options.raw ?? (options.json === undefined ? undefined : JSON.stringify(options.json));
    const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: {
        'sec-fetch-site': 'same-origin',
        accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
        ...this.headers,
        ...(cookie === '' ? {} : { cookie }),
        ...(body === undefined ? {} : { 'content-type': type }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    for (const line of response.headers.getSetCookie()) this.keep(line);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
  }

  /** Sends a form and follows the redirects to the page that a person then sees. */
  async submit(path: string, form: Record<string, string>): Promise<Answer & { readonly path: string }> {
    return this.follow(await this.send('POST', path, { form }), path);
  }

  async follow(answer: Answer, path: string): Promise<Answer & { readonly path: string }> {
    for (let hops = 0; hops < 5; hops++) {
      const location = answer.headers.get('location');
      if (answer.status !== 303 || location === null) return { ...answer, path };
      path = location;
      answer = await this.send('GET', path);
    }
    throw new Error(`too many redirects, the last to ${path}`);
  }

  private keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/; Max-Age=0(;|$)/.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
