import type { BatchAssembler } from './assembler.js';
import { Batch } from './batch.js';
import type { Rejected } from './settlement.js';
import { CONSEQUENCES, type Refusal } from './verdict.js';
import { Work } from './work.js';

/** The ways in which a batch is divided when it is not accepted as a whole. */

/** Both halves, in order. */
export function halvesOf<Record>(work: Work<Record>): Work<Record>[] {
  return work.batch.halves().map((half) => work.part(half));
}

/** The events of a partial answer, by what follows for them. */
export function sortOut<Record>(
  batch: Batch<Record>,
  refusals: ReadonlyMap<number, Refusal>,
): { accepted: Batch<Record>['items'][number][]; rejected: Rejected<Record>[]; again: Rejected<Record>[] } {
  const accepted: Batch<Record>['items'][number][] = [];
  const rejected: Rejected<Record>[] = [];
  const again: Rejected<Record>[] = [];
  for (const [index, item] of batch.items.entries()) {
    const refusal = refusals.get(index);
    if (refusal === undefined) accepted.push(item);
    else if (CONSEQUENCES[refusal.code] === 'halve') rejected.push({ item, refusal });
    else again.push({ item, refusal });
  }
  return { accepted, rejected, again };
}

/**
 * What to ask about next: the first event of the work that comes next, or all of a batch whose cut is stored. The service
 * may have that one already, so nothing but an answer divides it.
 */
export async function cutNext<Record>(
  list: Work<Record>[],
  assembler: BatchAssembler<Record>,
): Promise<Work<Record> | undefined> {
  let next = list.shift();
  if (next === undefined) {
    const batch = await assembler.takeNow();
    if (batch === undefined) return undefined;
    next = new Work(batch);
  }
  const [first, ...rest] = next.batch.items;
  if (first === undefined) return undefined;
  if (rest.length === 0 || next.batch.state !== undefined) return next;
  list.unshift(next.part(new Batch(rest)));
  return next.part(new Batch([first]));
}
