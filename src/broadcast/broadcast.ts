/**
 * Messages to all instances, at most once: who cannot bear a lost one must have a lifetime bound or poll beside it.
 * Two adapters: Redis pub/sub, and in process.
 */
export abstract class Broadcast {
  /** Delivered to every subscriber on every instance, this one included. Never throws: a lost message is allowed. */
  abstract publish(channel: string, message: string): Promise<void>;
  abstract subscribe(channel: string, listener: (message: string) => void): void;
}
