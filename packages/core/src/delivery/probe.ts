import type { BatchAssembler } from './assembler.js';
import { cutNext, halvesOf } from './division.js';
import { askAboutAll, type Inquiry } from './inquiry.js';
import { MAX_SUSPECTS } from './suspects.js';
import { CONSEQUENCES, type PartlyAccepted, type Refusal } from './verdict.js';
import type { Work } from './work.js';

interface Probing<Record> extends Inquiry<Record> {
  readonly assembler: BatchAssembler<Record>;
  /** Settles what was accepted of several events; resolves to what is left of them. */
  readonly settlePart: (work: Work<Record>, verdict: PartlyAccepted) => Promise<Work<Record>[]>;
}

/**
 * Nothing but suspects, too many of them: holds, and asks about the oldest and about the next event behind them, until
 * one is accepted. Which of the two it is tells whether a setting was mended or the events are bad. Then all suspects
 * are asked about once more.
 */
export async function probeUntilAccepted<Record>(
  refusal: Refusal,
  list: Work<Record>[],
  probing: Probing<Record>,
): Promise<void> {
  const { suspects, retry, assembler, settlement, clock } = probing;
  const message = `${MAX_SUSPECTS} events in a row were refused and none accepted, so a setting is wrong: ${refusal.message}`;
  for (;;) {
    retry.hold({ ...refusal, message });
    if (!(await retry.mayAttempt())) return;
    const oldest = suspects.takeOldest();
    if (oldest === undefined) {
      retry.skipProbe(); // Another worker has taken them all, to ask about them itself.
      return;
    }
    const answer = await ask(oldest, list, probing);
    if (answer === undefined) return;
    suspects.noteAnswer(oldest, answer, clock.now());
    suspects.putBack([oldest], clock.now(), false);
    const next = await cutNext(list, assembler);
    if (next === undefined) continue;
    // The answer about the oldest may have asked for time.
    if (!(await retry.waitAsAsked())) {
      list.unshift(next);
      return;
    }
    const another = await ask(next, list, probing);
    if (another === undefined) return;
    if (isAboutEvent(another) && next.batch.size > 1) {
      await settlement.forgetCut(next.batch);
      list.unshift(...halvesOf(next));
    } else if (isAboutEvent(another)) {
      suspects.noteRefused(next, clock.now());
      next.refusal = another;
      suspects.add(next, clock.now(), false);
    } else {
      list.unshift(next); // It keeps its place.
    }
  }
}

/** Asks about a work: the refusal; undefined when the probing is over: it was accepted, or the delivery has ended. */
async function ask<Record>(
  work: Work<Record>,
  list: Work<Record>[],
  probing: Probing<Record>,
): Promise<Refusal | undefined> {
  const outcome = await probing.retry.attempt(work);
  if (!('kind' in outcome)) return outcome;
  if (outcome.kind === 'ended') return undefined;
  probing.suspects.decided(work, false);
  if (outcome.kind === 'partly accepted') list.unshift(...(await probing.settlePart(work, outcome.verdict)));
  if (outcome.kind === 'accepted') await probing.settlement.settle(work, work.batch.items, [], outcome.statusCode);
  await askAboutAll(probing);
  return undefined;
}

function isAboutEvent({ code }: Refusal): boolean {
  const consequence = CONSEQUENCES[code];
  return consequence === 'halve' || consequence === 'retry, then halve';
}
