interface Route {
  readonly pattern: RegExp;
  /** A letter for each part of the path; what names more sorts first. */
  readonly rank: string;
  readonly methods: Set<string>;
}

/** Which methods a path has, so that a wrong method is told from an unknown path. */
export class RouteTable {
  private readonly routes = new Map<string, Route>();

  add(url: string, methods: readonly string[]): void {
    const known = this.routes.get(url) ?? {
      pattern: toPattern(url),
      rank: rankOf(url),
      methods: new Set<string>(),
    };
    for (const method of methods) known.methods.add(method);
    this.routes.set(url, known);
  }

  /** Of the route that names most of the path: `/things/check` is itself, and no `/things/:id`, as OpenAPI has it. */
  methodsOf(path: string): string[] {
    let best: Route | undefined;
    for (const route of this.routes.values())
      if (route.pattern.test(path) && (best === undefined || route.rank < best.rank)) best = route;
    return [...(best?.methods ?? [])].sort();
  }
}

const rankOf = (url: string): string =>
  url
    .split('/')
    .map((text) => (text === '*' ? 'c' : text.startsWith(':') ? 'b' : 'a'))
    .join('');

function toPattern(url: string): RegExp {
  const part = (text: string): string => {
    if (text.startsWith(':')) return '[^/]+';
    return text === '*' ? '.*' : text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  };
  return new RegExp(`^${url.split('/').map(part).join('/')}$`);
}
