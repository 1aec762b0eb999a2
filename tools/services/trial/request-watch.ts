import type { Batch, BatchingDestination, SizedRecord, Verdict } from '@grantex/core';
import { until } from './until.ts';

/** What became of a destination's requests, as far as a client can know. */
export interface RequestWatch {
  readonly counts: { readonly accepted: number; readonly refused: number; readonly unanswered: number };
  /** By event: the requests that held it and got no answer. They may have been stored all the same. */
  readonly unanswered: ReadonlyMap<string, number>;
  /** Resolves when so many more requests have got no answer. */
  fails(times: number): Promise<void>;
  /** Resolves when so many more requests were accepted. */
  succeeds(times: number): Promise<void>;
}

/** Watches every request of a destination from now on. */
export function watchRequests<Record extends SizedRecord>(destination: BatchingDestination<Record>): RequestWatch {
  // The engine calls this method of subclasses, which nobody else is meant to.
  const watched = destination as unknown as Pick<Sender, 'sendBatch'>;
  const send = watched.sendBatch.bind(destination);
  const counts = { accepted: 0, refused: 0, unanswered: 0 };
  const unanswered = new Map<string, number>();
  watched.sendBatch = async (batch, attempt) => {
    try {
      const verdict = await send(batch, attempt);
      counts[verdict.outcome === 'accepted' ? 'accepted' : 'refused']++;
      return verdict;
    } catch (error) {
      counts.unanswered++;
      for (const { event } of batch.items) unanswered.set(event.id, (unanswered.get(event.id) ?? 0) + 1);
      throw error;
    }
  };
  const rises = async (name: 'unanswered' | 'accepted', times: number) => {
    const before = counts[name];
    await until(() => counts[name] >= before + times);
  };
  return {
    counts,
    unanswered,
    fails: (times) => rises('unanswered', times),
    succeeds: (times) => rises('accepted', times),
  };
}

interface Sender {
  sendBatch(batch: Batch<unknown>, attempt: unknown): Promise<Verdict>;
}
