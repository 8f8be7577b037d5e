/** Which methods a path has, so that a wrong method is told from an unknown path. */
export class RouteTable {
  private readonly routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  add(url: string, methods: readonly string[]): void {
    const known = this.routes.get(url) ?? { pattern: toPattern(url), methods: new Set<string>() };
    for (const method of methods) known.methods.add(method);
    this.routes.set(url, known);
  }

  methodsOf(path: string): string[] {
    const found = new Set<string>();
    for (const { pattern, methods } of this.routes.values()) {
      if (pattern.test(path)) for (const method of methods) found.add(method);
    }
    return [...found].sort();
  }
}

function toPattern(url: string): RegExp {
  const part = (text: string): string => {
    if (text.startsWith(':')) return '[^/]+';
    return text === '*' ? '.*' : text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  };
  return new RegExp(`^${url.split('/').map(part).join('/')}$`);
}
