import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { JournalReader, type StoredEvent } from '@grantex/journal-sqlite';
import { checkOptions, option, OptionError } from '@grantex/core';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { compileTypePatterns, typePatternsOption } from '../settings/selection/type-patterns.js';
import { journalFile } from '../settings/journal-file.js';
import { loadSettings } from '../settings/load-settings.js';
import type { Settings } from '../settings/settings.js';
import { configOption, jsonOption, settingsFile, type CommandContext } from './context.js';
import { chosenSources, needJournal, readJournal } from './journal-access.js';
import { tailLine } from './tail-line.js';
import { TailOutput } from './tail-output.js';

/** How often the journal is asked for new events, milliseconds. */
const POLL_MS = 200;

/** They are held in memory before they are printed. */
const MAX_LAST = 100_000;

const EXAMPLES = `
Examples:
  $ grantex-forwarder tail                               events from now on
  $ grantex-forwarder tail --types 'grant.*,token.*'     some of them
  $ grantex-forwarder tail --last 20 --no-follow         the last 20 that the journal keeps
  $ grantex-forwarder tail | jq .data                    in a pipe: a line of JSON for each event, as it came

Reads the journal on disk; the forwarder may run meanwhile, and is not disturbed.`;

interface TailOptions {
  readonly config?: string;
  readonly json?: true;
  readonly source?: string;
  readonly types?: string;
  readonly last: number;
  readonly follow: boolean;
}

type Wanted = (event: StoredEvent) => boolean;

export function tailCommand(context: CommandContext): Command {
  return new Command('tail')
    .description('print events as they are received')
    .addOption(configOption())
    .option('--source <name>', 'only the events of this source')
    .option('--types <globs>', 'only these types: globs with commas between them; !budget.* excludes')
    .option('--last <n>', 'begin with the last n events that are there', readCount, 0)
    .option('--no-follow', 'end after them')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((options: TailOptions) => tail(context, options));
}

async function tail(context: CommandContext, options: TailOptions): Promise<void> {
  const settings = await loadSettings(settingsFile(options.config, context), {
    env: context.env,
    withoutSecrets: true,
  });
  const wanted = wantedTypes(options.types);
  using output = new TailOutput(context.stdout, context.signal);
  const sources = chosenSources(settings, options.source);
  const asJson = options.json === true || !context.stdout.isTTY;
  await Promise.all(
    sources.map(async (source) => {
      const label = sources.length === 1 ? undefined : source;
      const print = (event: StoredEvent): Promise<void> =>
        output.print(asJson ? event.text : tailLine(event, label, context.stdout));
      const tellWaiting = (): void =>
        void context.stderr.write(`the source "${source}" has no journal yet: waiting for "grantex-forwarder run"\n`);
      await tailJournal({ settings, source, wanted, print, tellWaiting, signal: output.signal, options });
    }),
  );
  if (output.error !== undefined) throw new CommandFailure(`cannot print: ${output.error.message}`);
}

interface JournalTail {
  readonly settings: Settings;
  readonly source: string;
  readonly wanted: Wanted;
  readonly print: (event: StoredEvent) => Promise<void>;
  readonly tellWaiting: () => void;
  readonly signal: AbortSignal;
  readonly options: TailOptions;
}

async function tailJournal({
  settings,
  source,
  wanted,
  print,
  tellWaiting,
  signal,
  options,
}: JournalTail): Promise<void> {
  const { last, follow } = options;
  const existing = follow ? readJournal(settings, source) : needJournal(settings, source);
  // Where the forwarder has not run yet all that it will receive is new.
  if (existing === undefined) tellWaiting();
  using reader = existing ?? (await journalToCome(settings, source, signal));
  if (reader === undefined) return;
  let next = existing === undefined ? 1 : reader.head() + 1;
  const earlier = last === 0 ? [] : lastEvents(reader, wanted, last);
  for (const event of earlier) {
    if (signal.aborted) return;
    await print(event);
    next = Math.max(next, event.position + 1);
  }
  if (!follow) return;
  do {
    for (const event of reader.events(next)) {
      if (signal.aborted) return;
      if (wanted(event)) await print(event);
      next = event.position + 1;
    }
  } while (await pause(signal));
}

/** Undefined: it is over before there is one. */
async function journalToCome(
  settings: Settings,
  source: string,
  signal: AbortSignal,
): Promise<JournalReader | undefined> {
  while (await pause(signal)) {
    if (!existsSync(journalFile(settings.journal, source))) continue;
    try {
      return readJournal(settings, source);
    } catch {
      // The file is there, and its tables are not yet.
    }
  }
  return undefined;
}

/** The last ones that are wanted, oldest first. Looks further and further back until it has enough. */
function lastEvents(reader: JournalReader, wanted: Wanted, count: number): readonly StoredEvent[] {
  const head = reader.head();
  for (let span = count; ; span *= 8) {
    const from = Math.max(1, head - span + 1);
    const found: StoredEvent[] = [];
    for (const event of reader.events(from)) {
      if (!wanted(event)) continue;
      found.push(event);
      if (found.length >= 2 * count) found.splice(0, count);
    }
    if (found.length >= count || from === 1) return found.slice(-count);
  }
}

/** False: it is over. */
async function pause(signal: AbortSignal): Promise<boolean> {
  await sleep(POLL_MS, undefined, { signal }).catch(() => {}); // Told by the answer.
  return !signal.aborted;
}

function wantedTypes(globs: string | undefined): Wanted {
  if (globs === undefined) return () => true;
  const isWanted = compileTypePatterns(readPatterns(globs.split(',').map((glob) => glob.trim())));
  return ({ text }) => isWanted((JSON.parse(text) as { readonly type: string }).type);
}

function readPatterns(types: readonly string[]): readonly string[] {
  try {
    return checkOptions(option.object('', { types: typePatternsOption }), { types }).types;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new CommandFailure(`--types: expected ${error.problems[0]?.expected}`, EXIT.usage);
  }
}

function readCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 0 && count <= MAX_LAST) return count;
  throw new InvalidArgumentError(`expected a whole number up to ${MAX_LAST}`);
}
