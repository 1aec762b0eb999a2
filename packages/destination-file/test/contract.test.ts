import { createHash } from 'node:crypto';
import type { Batch, Verdict } from '@grantex/core';
import { destinationContract, type DestinationRequest } from '@grantex/testing';
import { expect, test } from 'vitest';
import { FileDestination } from '../src/index.js';
import { FaultyFiles } from './faulty-files.js';
import { Folder } from './rig.js';

/** Writes down every attempt, whatever becomes of it. */
class WatchedDestination extends FileDestination {
  readonly attempts: DestinationRequest[] = [];

  protected override sendBatch(batch: Batch<string>): Promise<Verdict> {
    const digest = createHash('sha256')
      .update(batch.items.map(({ record }) => record).join('\n'))
      .digest('hex');
    this.attempts.push({ ids: batch.items.map(({ event }) => event.id), digest });
    return super.sendBatch(batch);
  }
}

const { leftOut } = destinationContract(
  test,
  async () => {
    const folder = new Folder();
    const files = new FaultyFiles();
    let destination: WatchedDestination | undefined;
    let hanging = Promise.withResolvers<void>();
    hanging.promise.catch(() => {});
    const mend = (): void => {
      files.mend();
      // A write that hangs ends when the disk is back: it has not been done.
      hanging.reject(new Error('the disk was away'));
    };
    return {
      secrets: [],
      destination: (options) => (destination = new WatchedDestination({ path: folder.file, ...options }, files)),
      receivedIds: () => folder.ids(),
      requests: () => destination?.attempts ?? [],
      fail({ kind }) {
        mend();
        if (kind === 'temporary') files.room = 150;
        else if (kind === 'network') files.fail('EIO', 'open', 'write');
        else if (kind === 'unauthorized') files.fail('EROFS', 'open', 'write');
        // Everything is written, and then neither can it be synced nor taken back.
        else if (kind === 'answer-lost') files.fail('EIO', 'datasync', 'truncate');
        else {
          hanging = Promise.withResolvers();
          hanging.promise.catch(() => {}); // Perhaps nobody writes.
          files.before('write', () => hanging.promise);
        }
      },
      mend,
      async [Symbol.asyncDispose]() {
        mend();
        folder[Symbol.dispose]();
      },
    };
  },
  // A file refuses no event, asks for no time, and takes as much as fits the disk.
  { without: ['throttled', 'too-large', 'rejected', 'poison', 'partial', 'reason'] },
);

test('left out: what is about refused events, their number, and waiting times', () => {
  const told = leftOut.filter(
    ({ test: name }) => !/poison|too large|partial|rejected|given up|dead letter|Retry-After/.test(name),
  );
  expect(told).toEqual([]);
});
