import { Global, Module } from '@nestjs/common';
import { BlockList, Offences } from '../ports/block-list.js';
import { AutomaticBlocks } from './automatic-blocks.js';
import { Blocks } from './blocks.js';
import { StoredBlockList } from './stored-block-list.js';

/** Who is kept out, and why. Global: every route asks it, and several layers report to it. */
@Global()
@Module({
  providers: [
    StoredBlockList,
    { provide: BlockList, useExisting: StoredBlockList },
    Blocks,
    { provide: Offences, useClass: AutomaticBlocks },
  ],
  exports: [BlockList, Blocks, Offences],
})
export class BlockListModule {}
