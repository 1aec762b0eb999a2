import { setImmediate as nextTurn } from 'node:timers/promises';
import { isSound, type JournalDamage, type JournalReader, type JournalSummary } from '@grantex/journal-sqlite';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { journalFile } from '../settings/journal-file.js';
import type { Settings } from '../settings/settings.js';
import type { CommandContext } from './context.js';
import { chosenSources, needJournal, readJournal, tellingJournalErrors } from './journal-access.js';
import { inspectionJson, tellInspection } from './journal-inspection-text.js';
import { formatCount, ProgressLine } from './terminal.js';

type JournalOwner = Pick<Settings, 'sources' | 'journal'>;

/** What is known of one journal. */
export interface Inspection {
  readonly source: string;
  readonly file: string;
  readonly maxBytes: number;
  /** Undefined: there is no such file yet. */
  readonly summary: JournalSummary | undefined;
  /** Undefined when it was not verified. */
  readonly damage: JournalDamage | undefined;
}

export interface InspectOptions {
  readonly source?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

/** Prints what each journal holds. Rejects with a `CommandFailure` when one was verified and is damaged. */
export async function inspectJournals(
  settings: JournalOwner,
  { source, verify = false, json = false }: InspectOptions,
  context: Pick<CommandContext, 'stdout' | 'stderr' | 'signal'>,
): Promise<void> {
  const { stdout } = context;
  const inspections: Inspection[] = [];
  for (const name of chosenSources(settings, source)) {
    inspections.push(await inspect(settings, name, { verify, isOnly: source !== undefined }, context));
  }
  if (json) stdout.write(`${JSON.stringify({ sources: Object.fromEntries(inspections.map(inspectionJson)) })}\n`);
  else stdout.write(`${inspections.map((inspection) => tellInspection(inspection, stdout)).join('\n\n')}\n`);
  const damaged = inspections.filter(({ damage, summary }) => {
    return (damage !== undefined && !isSound(damage)) || (summary?.damagedRows ?? 0) > 0;
  });
  if (!verify || damaged.length === 0) return;
  const files = damaged.map(({ file }) => file).join(', ');
  throw new CommandFailure(`damaged: ${files}. The running program passes over what it cannot read, and says so`);
}

async function inspect(
  settings: JournalOwner,
  source: string,
  { verify, isOnly }: { readonly verify: boolean; readonly isOnly: boolean },
  context: Pick<CommandContext, 'stderr' | 'signal'>,
): Promise<Inspection> {
  const { maxBytes } = settings.journal;
  const file = journalFile(settings.journal, source);
  using reader = isOnly ? needJournal(settings, source) : readJournal(settings, source);
  if (reader === undefined) return { source, file, maxBytes, summary: undefined, damage: undefined };
  const summary = tellingJournalErrors(() => reader.summary());
  const damage = verify ? await verifyWithProgress(reader, source, context) : undefined;
  return { source, file, maxBytes, summary, damage };
}

/** Gives others a turn after each piece: a signal ends it. */
async function verifyWithProgress(
  reader: JournalReader,
  source: string,
  { stderr, signal }: Pick<CommandContext, 'stderr' | 'signal'>,
): Promise<JournalDamage> {
  const line = new ProgressLine(stderr);
  const steps = reader.verify();
  try {
    for (;;) {
      const step = tellingJournalErrors(() => steps.next());
      if (step.done === true) return step.value;
      const { rowsRead, rows } = step.value;
      line.update(`${source}: ${formatCount(rowsRead)} of ${formatCount(Math.max(rows, rowsRead))} rows checked`);
      await nextTurn();
      if (signal.aborted) throw new CommandFailure('ended before everything was checked', EXIT.failed);
    }
  } finally {
    line.clear();
  }
}
