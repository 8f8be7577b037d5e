import { Global, Module } from '@nestjs/common';
import { OutboxSubscriber, OutboxSubscribers } from '../claim/index.js';
import { NoticeFanOut, NoticeModule } from '../notice/index.js';
import { WebhookFanOut, WebhookModule } from '../webhook/index.js';

/** Who reads the outbox of events; global, because the outbox knows none of them. */
@Global()
@Module({
  imports: [WebhookModule, NoticeModule],
  providers: [
    {
      provide: OutboxSubscriber,
      inject: [WebhookFanOut, NoticeFanOut],
      useFactory: (...readers: OutboxSubscriber[]) => new OutboxSubscribers(readers),
    },
  ],
  exports: [OutboxSubscriber],
})
export class OutboxReadersModule {}
