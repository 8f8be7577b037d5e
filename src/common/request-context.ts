import { AsyncLocalStorage } from 'node:async_hooks';

export type UserRole = 'shopper' | 'merchant' | 'admin';
export type MerchantRole = 'owner' | 'editor' | 'cashier';

/** Who acts. Travels with the request instead of through every signature. */
export interface Actor {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: UserRole;
  readonly merchantId?: string;
  readonly merchantRole?: MerchantRole;
  /** What a program with an API key may do. Its `userId` and `sessionId` are the key's id. */
  readonly scopes?: ReadonlySet<string>;
}

interface RequestContext {
  readonly requestId: string;
  /** Address of the client, judged by the trusted proxies; see `plainAddress`. */
  readonly address: string;
  /** As the client sent it. */
  readonly userAgent?: string | undefined;
  actor?: Actor;
}

const storage = new AsyncLocalStorage<RequestContext>();
/** Requests whose context is in use. */
let active = 0;

/** The context of the request that is being answered. */
export const context = {
  run<T>(request: Omit<RequestContext, 'actor'>, work: () => T): T {
    active += 1;
    return storage.run({ ...request }, work);
  },
  /**
   * The request of a `run` is answered. While there is none, nothing is tracked: before Node 24 that costs every promise, timer and
   * write of the process, also of those that need no context: in a bare server a sixth of a request.
   */
  end(): void {
    active -= 1;
    if (active === 0) storage.disable();
  },
  /** The client's address, as far as the trusted proxies tell it. */
  address(): string | undefined {
    return storage.getStore()?.address;
  },
  userAgent(): string | undefined {
    return storage.getStore()?.userAgent;
  },
  requestId(): string | undefined {
    return storage.getStore()?.requestId;
  },
  /** Called once a guard knows who asks. */
  enter(actor: Actor): void {
    const store = storage.getStore();
    if (store) store.actor = actor;
  },
  /** The current user, if any. */
  actor(): Actor | undefined {
    return storage.getStore()?.actor;
  },
};
