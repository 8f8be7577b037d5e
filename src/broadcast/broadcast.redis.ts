import type { Redis } from 'ioredis';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Broadcast } from './broadcast.js';
import { connectRedis, createSubscriber, KEY_PREFIX, type RedisClient } from '../redis/redis.js';

/** A line that nobody speaks on would not be missed: a server that hangs is noticed by what it does not answer. */
const PING_MS = 2_000;

export class RedisBroadcast extends Broadcast implements OnApplicationShutdown {
  private readonly listeners = new Map<string, ((message: string) => void)[]>();

  private readonly pings = setInterval(() => {
    if (this.subscriber.status === 'ready') this.subscriber.ping().catch(() => undefined);
  }, PING_MS).unref();

  private constructor(
    private readonly commands: RedisClient,
    private readonly subscriber: Redis,
  ) {
    super();
    subscriber.on('message', (channel: string, message: string) => {
      for (const listener of this.listeners.get(channel) ?? []) listener(message);
    });
    // A channel named while the server was away is subscribed at the next connection.
    subscriber.on('ready', () => {
      const channels = [...this.listeners.keys()];
      if (channels.length > 0) subscriber.subscribe(...channels).catch(() => undefined);
    });
  }

  /** @param commands gives the subscriber its address and settings, too */
  static async open(commands: RedisClient): Promise<RedisBroadcast> {
    const subscriber = createSubscriber(commands);
    await connectRedis(subscriber);
    return new RedisBroadcast(commands, subscriber);
  }

  async publish(channel: string, message: string): Promise<void> {
    await this.commands.publish(KEY_PREFIX + channel, message).catch(() => undefined);
  }

  subscribe(channel: string, listener: (message: string) => void): void {
    const name = KEY_PREFIX + channel;
    const known = this.listeners.get(name);
    if (known) known.push(listener);
    else {
      this.listeners.set(name, [listener]);
      this.subscriber.subscribe(name).catch(() => undefined);
    }
  }

  onApplicationShutdown(): void {
    clearInterval(this.pings);
    this.subscriber.disconnect();
  }
}
