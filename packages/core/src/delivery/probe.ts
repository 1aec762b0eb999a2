import type { Clock } from '../clock.js';
import type { BatchAssembler } from './assembler.js';
import { cutNext } from './division.js';
import type { Retry } from './retry.js';
import type { Settlement } from './settlement.js';
import { MAX_SUSPECTS, type Suspects } from './suspects.js';
import type { Refusal } from './verdict.js';
import type { Work } from './work.js';

interface Probing<Record> {
  readonly suspects: Suspects<Record>;
  readonly retry: Retry<Record>;
  readonly settlement: Settlement<Record>;
  readonly assembler: BatchAssembler<Record>;
  readonly clock: Clock;
}

/**
 * Nothing but suspects, too many of them: holds, and asks about the oldest and about the next event behind them, until
 * one is accepted. Which of the two it is tells whether a setting was mended or the events are bad. Then all suspects
 * are put in front of the list, to be asked about again.
 */
export async function probeUntilAccepted<Record>(
  refusal: Refusal,
  list: Work<Record>[],
  probing: Probing<Record>,
): Promise<void> {
  const { suspects, retry, assembler, clock } = probing;
  const message = `${MAX_SUSPECTS} events in a row were refused and none accepted, so a setting is wrong: ${refusal.message}`;
  for (;;) {
    retry.hold({ ...refusal, message });
    if (!(await retry.mayAttempt())) return;
    const oldest = suspects.takeOldest();
    if (oldest === undefined) {
      retry.skipProbe(); // Another worker has taken them all, to ask about them itself.
      return;
    }
    if (await isDone(oldest, list, probing)) return;
    suspects.putBack(oldest);
    const next = await cutNext(list, assembler);
    if (next === undefined) continue;
    // The answer about the oldest may have asked for time.
    if (!(await retry.waitAsAsked())) {
      list.unshift(next);
      return;
    }
    if (await isDone(next, list, probing)) return;
    suspects.add(next, clock.now(), false);
  }
}

/** Asks about one event. True when the probing is over: it was accepted, or the delivery has ended. */
async function isDone<Record>(work: Work<Record>, list: Work<Record>[], probing: Probing<Record>): Promise<boolean> {
  const { suspects, retry, settlement } = probing;
  const outcome = await retry.attempt(work);
  if (!('kind' in outcome)) {
    suspects.noteRefused(work);
    work.refusal = outcome;
    return false;
  }
  if (outcome.kind === 'ended') return true;
  if (outcome.kind === 'accepted') await settlement.settle(work, work.batch.items, [], outcome.statusCode);
  list.unshift(...(await judgeSuspects(suspects, settlement)));
  return true;
}

/** After something was accepted: gives up the suspects that are guilty by now, and takes the others, to be asked about. */
export async function judgeSuspects<Record>(
  suspects: Suspects<Record>,
  settlement: Settlement<Record>,
): Promise<Work<Record>[]> {
  for (const work of suspects.takeGuilty()) {
    const [item] = work.batch.items;
    const { refusal } = work;
    if (item !== undefined && refusal !== undefined) {
      await settlement.settle(work, [], [{ item, refusal }], refusal.statusCode);
    }
  }
  return suspects.takeAll();
}
