import type { DeadLetter } from '@grantex/core';
import { CommandFailure } from '../exit-codes.js';
import type { Settings } from '../settings/settings.js';
import type { CommandContext } from './context.js';
import { chosenSources, needJournal, oneSource, readJournal, tellingJournalErrors } from './journal-access.js';
import { indentedJson, isoTime, parseJson, typeOfEvent } from './journal-text.js';
import { formatCount, printable, table, type Cell, type Output } from './terminal.js';

type JournalOwner = Pick<Settings, 'sources' | 'journal'>;

export interface ListOptions {
  readonly source?: string;
  readonly destination?: string;
  /** Of each source. */
  readonly limit: number;
  readonly after?: number;
  readonly json?: boolean;
}

interface Listed {
  readonly source: string;
  readonly letters: readonly DeadLetter[];
  /** There are more than the limit lets through. */
  readonly isCut: boolean;
}

/** Prints the dead letters of one source or all, oldest first. */
export function listDeadLetters(
  settings: JournalOwner,
  options: ListOptions,
  { stdout }: Pick<CommandContext, 'stdout'>,
): void {
  const sources = chosenSources(settings, options.source);
  const listed = sources.map((source) => readLetters(settings, source, options));
  if (options.json === true) {
    const letters = listed.flatMap(({ source, letters: own }) => own.map((letter) => letterJson(source, letter)));
    stdout.write(`${JSON.stringify({ dead_letters: letters, is_cut: listed.some(({ isCut }) => isCut) })}\n`);
    return;
  }
  stdout.write(`${tellLetters(listed, sources.length > 1, stdout)}\n`);
}

/** Prints one dead letter with its event. */
export function showDeadLetter(
  settings: JournalOwner,
  { source, number, json = false }: { readonly source?: string; readonly number: number; readonly json?: boolean },
  { stdout }: Pick<CommandContext, 'stdout'>,
): void {
  const name = oneSource(settings, source);
  using reader = needJournal(settings, name);
  const letter = tellingJournalErrors(() => reader.deadLetter(number));
  if (letter === undefined) throw new CommandFailure(`there is no dead letter ${number} of the source "${name}"`);
  const event = parseJson(letter.text);
  if (json) stdout.write(`${JSON.stringify({ ...letterJson(name, letter), event: event ?? letter.text })}\n`);
  else stdout.write(`${tellLetter(name, letter, event)}\n`);
}

function readLetters(settings: JournalOwner, source: string, { destination, limit, after }: ListOptions): Listed {
  using reader = readJournal(settings, source);
  const query = {
    limit: limit + 1,
    ...(after !== undefined && { after }),
    ...(destination !== undefined && { destination }),
  };
  const letters = tellingJournalErrors(() => reader?.deadLetters(query)) ?? [];
  return { source, letters: letters.slice(0, limit), isCut: letters.length > limit };
}

/** Without its event. */
function letterJson(source: string, letter: DeadLetter): Record<string, unknown> {
  return {
    source,
    number: letter.number,
    destination: letter.destination,
    event_id: letter.eventId ?? null,
    type: typeOfEvent(parseJson(letter.text)) ?? null,
    code: letter.code,
    reason: letter.reason,
    status_code: letter.statusCode ?? null,
    attempts: letter.attempts,
    first_at: isoTime(letter.firstAt),
    last_at: isoTime(letter.lastAt),
  };
}

function tellLetters(listed: readonly Listed[], hasSeveral: boolean, stream: Output): string {
  const rows = listed.flatMap(({ source, letters }) =>
    letters.map((letter): Cell[] => [
      { text: String(letter.number), align: 'right' }, // To be typed: without separators.
      ...(hasSeveral ? [source] : []),
      letter.destination,
      letter.eventId ?? '-',
      typeOfEvent(parseJson(letter.text)) ?? '-',
      letter.code,
      letter.attempts,
      isoTime(letter.lastAt),
      letter.reason,
    ]),
  );
  if (rows.length === 0) return 'no dead letters';
  const names = ['destination', 'event', 'type', 'code', 'attempts', 'last tried', 'reason'];
  const head = ['number', ...(hasSeveral ? ['source'] : []), ...names];
  const cut = listed.filter(({ isCut }) => isCut);
  const notes = cut.map(({ source, letters }) => {
    const last = letters.at(-1)?.number ?? 0;
    return `${printable(source)}: there are more; --after ${last} lists the next ${formatCount(letters.length)}`;
  });
  return [table(rows, { stream, head }), ...notes].join('\n');
}

function tellLetter(source: string, letter: DeadLetter, event: unknown): string {
  const { number, destination, eventId, code, reason, attempts, firstAt, lastAt, statusCode } = letter;
  const times = attempts > 1 ? `${isoTime(firstAt)} to ${isoTime(lastAt)}` : isoTime(lastAt);
  const facts: [string, string][] = [
    ['number', String(number)],
    ['source', source],
    ['destination', destination],
    ['event', eventId ?? 'none: the stream sent what is no event'],
    ['code', code],
    ['reason', reason],
    ['status', statusCode === undefined ? 'no answer, or none with a status' : String(statusCode)],
    ['attempts', `${attempts}, ${times}`],
  ];
  // The reason is cut nowhere here: lines of their own rather than a table.
  const lines = facts.map(([name, value]) => `${`${name}:`.padEnd(13)} ${printable(value)}`);
  const hint =
    eventId === undefined
      ? `It cannot be sent: grantex-forwarder dead-letters drop ${number} --source ${source}`
      : `Send it again: grantex-forwarder dead-letters retry ${number} --source ${source}`;
  const text = event === undefined ? printable(letter.text) : indentedJson(event);
  return [...lines, '', text, '', printable(hint)].join('\n');
}
