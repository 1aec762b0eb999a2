import { confirm, isCancel } from '@clack/prompts';
import type { Readable, Writable } from 'node:stream';
import type { Control } from '../control/control-protocol.js';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { Settings } from '../settings/settings.js';
import type { CommandContext } from './context.js';
import { chosenPages, countLetters, type ChosenLetters, type LetterPage } from './dead-letters-chosen.js';
import { oneSource, writeJournal } from './journal-access.js';
import { formatNumberOf } from './terminal.js';

export interface DropOptions extends ChosenLetters {
  readonly source?: string;
  /** Nobody is asked. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

type World = Pick<CommandContext, 'stdin' | 'stdout' | 'signal'>;

/**
 * Forgets dead letters for good: through the running program or, when none runs, in the journal itself. Asks before.
 * Rejects with a `CommandFailure` when there were fewer than were named.
 */
export async function dropDeadLetters(
  settings: Pick<Settings, 'sources' | 'journal'>,
  { source, yes = false, json = false, ...chosen }: DropOptions,
  control: Pick<Control, 'dropDeadLetters'>,
  context: World,
): Promise<void> {
  const name = oneSource(settings, source);
  const pages = chosenPages(settings, name, chosen);
  const count = countLetters(pages);
  if (count > 0 && !yes) await askBefore(count, context);
  const dropped = await dropPages(settings, name, pages, control);
  const text = count === 0 ? 'no dead letters' : `dropped: ${formatNumberOf(dropped, 'dead letter')}`;
  context.stdout.write(`${json ? JSON.stringify({ dropped }) : text}\n`);
  if (dropped < count) throw new CommandFailure(`${formatNumberOf(count - dropped, 'number')} had no dead letter`);
}

async function dropPages(
  settings: Pick<Settings, 'sources' | 'journal'>,
  source: string,
  pages: readonly LetterPage[],
  control: Pick<Control, 'dropDeadLetters'>,
): Promise<number> {
  let dropped = 0;
  for (const [index, { numbers }] of pages.entries()) {
    try {
      dropped += (await control.dropDeadLetters(source, numbers)).dropped;
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.unavailable) throw error;
      return dropped + (await dropInFile(settings, source, pages.slice(index)));
    }
  }
  return dropped;
}

/** Nobody runs, so the journal is free. If somebody does after all, the lock says so. */
async function dropInFile(
  settings: Pick<Settings, 'sources' | 'journal'>,
  source: string,
  pages: readonly LetterPage[],
): Promise<number> {
  const journal = await writeJournal(settings, source);
  try {
    let dropped = 0;
    for (const { numbers } of pages) dropped += await journal.deadLetters.remove(numbers);
    return dropped;
  } finally {
    await journal.close();
  }
}

async function askBefore(count: number, { stdin, stdout, signal }: World): Promise<void> {
  if (stdin.isTTY !== true || stdout.isTTY !== true) {
    throw new CommandFailure('this cannot be undone: say --yes where nobody can be asked', EXIT.usage);
  }
  const answer = await confirm({
    message: `Drop ${formatNumberOf(count, 'dead letter')} for good?`,
    initialValue: false,
    input: stdin as Readable,
    output: stdout as unknown as Writable,
    signal,
  });
  if (isCancel(answer) || !answer) throw new CommandFailure('nothing was dropped');
}
