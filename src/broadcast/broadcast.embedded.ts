import { EventEmitter } from 'node:events';
import { Broadcast } from './broadcast.js';

export class EmbeddedBroadcast extends Broadcast {
  private readonly emitter = new EventEmitter();

  async publish(channel: string, message: string): Promise<void> {
    this.emitter.emit(channel, message);
  }

  subscribe(channel: string, listener: (message: string) => void): void {
    this.emitter.on(channel, listener);
  }
}
