import type { DeadLetter } from '@grantex/core';
import type { Control } from '../control/control-protocol.js';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { Settings } from '../settings/settings.js';
import type { CommandContext } from './context.js';
import { chosenPages, countLetters, type ChosenLetters, type LetterPage } from './dead-letters-chosen.js';
import { oneSource } from './journal-access.js';
import { formatCount, formatNumberOf, printable, ProgressLine, table, type Cell, type Output } from './terminal.js';

export interface RetryOptions extends ChosenLetters {
  readonly source?: string;
  readonly json?: boolean;
}

/** Refused ones that people are shown; `--json` has all. */
const SHOWN = 20;

interface Outcome {
  readonly delivered: number[];
  readonly refused: DeadLetter[];
  readonly untried: number[];
  readonly reasons: Set<string>;
}

/**
 * Has the running program send dead letters again, and prints what became of them. Rejects with a `CommandFailure` when
 * not all of them were taken, or no program runs.
 */
export async function retryDeadLetters(
  settings: Pick<Settings, 'sources' | 'journal'>,
  { source, json = false, ...chosen }: RetryOptions,
  control: Pick<Control, 'retryDeadLetters'>,
  context: Pick<CommandContext, 'stdout' | 'stderr' | 'signal'>,
): Promise<void> {
  const name = oneSource(settings, source);
  // Frames that are no events cannot be sent: they are told of only when they were meant.
  const isMeant = ({ destination }: LetterPage): boolean => destination !== 'stream' || chosen.destination === 'stream';
  const pages = chosenPages(settings, name, chosen).filter(isMeant);
  const outcome: Outcome = { delivered: [], refused: [], untried: [], reasons: new Set() };
  try {
    await retryPages(name, pages, outcome, control, context);
  } catch (error) {
    if (error instanceof CommandFailure && error.exitCode === EXIT.unavailable) throw notRunning(error);
    throw error;
  } finally {
    // Also what was done before an error.
    if (outcome.delivered.length + outcome.refused.length + outcome.untried.length > 0 || pages.length === 0) {
      context.stdout.write(`${json ? JSON.stringify(outcomeJson(outcome)) : tellOutcome(outcome, context.stdout)}\n`);
    }
  }
  const left = outcome.refused.length + outcome.untried.length;
  if (left > 0) throw new CommandFailure(`${formatNumberOf(left, 'dead letter')} left`);
}

async function retryPages(
  source: string,
  pages: readonly LetterPage[],
  { delivered, refused, untried, reasons }: Outcome,
  control: Pick<Control, 'retryDeadLetters'>,
  { stderr, signal }: Pick<CommandContext, 'stderr' | 'signal'>,
): Promise<void> {
  const total = countLetters(pages);
  const line = new ProgressLine(stderr);
  /** Destinations that are out of order: the rest of theirs would wait in vain. */
  const skipped = new Set<string>();
  try {
    for (const { destination, numbers } of pages) {
      if (signal.aborted) reasons.add('the command was ended before');
      if (signal.aborted || (destination !== undefined && skipped.has(destination))) {
        untried.push(...numbers);
        continue;
      }
      const report = await control.retryDeadLetters(source, numbers);
      delivered.push(...report.delivered);
      refused.push(...report.refused);
      untried.push(...report.untried);
      if (report.reason !== undefined) reasons.add(report.reason);
      if (report.untried.length > 0 && destination !== undefined) skipped.add(destination);
      const tried = delivered.length + refused.length + untried.length;
      if (pages.length > 1) line.update(`${formatCount(tried)} of ${formatNumberOf(total, 'dead letter')} tried`);
    }
  } finally {
    line.clear();
  }
}

function notRunning({ message }: CommandFailure): CommandFailure {
  const advice =
    'dead letters are sent again by the running program; when none runs, start it with "grantex-forwarder run"';
  return new CommandFailure(`${message} (${advice})`, EXIT.unavailable);
}

function outcomeJson({ delivered, refused, untried, reasons }: Outcome): unknown {
  return {
    delivered,
    refused: refused.map(({ number, destination, eventId, code, reason, statusCode }) => ({
      number,
      destination,
      event_id: eventId ?? null,
      code,
      reason,
      status_code: statusCode ?? null,
    })),
    untried,
    reason: reasons.size === 0 ? null : [...reasons].join('; '),
  };
}

function tellOutcome({ delivered, refused, untried, reasons }: Outcome, stream: Output): string {
  if (delivered.length + refused.length + untried.length === 0) return 'no dead letters';
  const lines = [`delivered: ${formatCount(delivered.length)}`];
  if (refused.length > 0) {
    const rows = refused.slice(0, SHOWN).map(({ number, destination, code, reason }): Cell[] => {
      return [{ text: `  ${number}`, align: 'right' }, destination, code, reason];
    });
    lines.push(`refused again: ${formatCount(refused.length)}`, table(rows, { stream }));
    if (refused.length > SHOWN) lines.push(`  and ${formatCount(refused.length - SHOWN)} more`);
  }
  if (untried.length > 0) {
    const why = reasons.size === 0 ? '' : `: ${printable([...reasons].join('; '))}`;
    lines.push(`not tried: ${formatCount(untried.length)}${why}`);
  }
  return lines.join('\n');
}
