import type { Account, ExpectedLetter } from './account.ts';
import type { FoundCursor, FoundJournal } from './found-journal.ts';
import type { Candidate } from './history.ts';

/** So many of the ids before the newest are remembered in the smallest journal of the script. */
const REMEMBERED_IDS = 500;

/** Gives the text of the event at a position. */
export type TextOf = (position: number) => string;

/**
 * What is wrong with the journal; nothing, when it is as it was after one of the moments that a power cut may leave. Otherwise
 * what is wrong with it for the moment that comes nearest.
 */
export function judge(found: FoundJournal, candidates: readonly Candidate[], textOf: TextOf): readonly string[] {
  const always = [...unsound(found), ...wrongTexts(found, textOf)];
  let fewest: readonly string[] | undefined;
  for (const candidate of candidates) {
    const differences = compare(found, candidate, textOf);
    if (fewest === undefined || differences.length < fewest.length) fewest = differences;
    if (differences.length === 0) break;
  }
  return [...always, ...(fewest ?? [])];
}

/** What no moment excuses. */
function unsound({ head, nextPosition, recentIds, lost, complaints }: FoundJournal): string[] {
  const wrong = complaints.map((complaint) => `the journal says: ${complaint}`);
  if (lost > 0) wrong.push(`${lost} events are counted as lost`);
  if (nextPosition !== head + 1) wrong.push(`the next event got the position ${nextPosition} behind ${head}`);
  const first = head - recentIds.length + 1;
  if (recentIds.length < Math.min(head, REMEMBERED_IDS)) wrong.push(`only ${recentIds.length} ids are remembered`);
  const strange = recentIds.find((id, index) => id !== `e${first + index}`);
  if (strange !== undefined) wrong.push(`among the remembered ids ${strange} is in a wrong place`);
  return wrong;
}

function wrongTexts({ cursors }: FoundJournal, textOf: TextOf): string[] {
  return cursors.flatMap(({ name, events }) => {
    return events
      .filter(({ id, position, text }) => id !== `e${position}` || text !== textOf(position))
      .map(({ id, position }) => `${name}: the event ${id} at ${position} is not what was appended`);
  });
}

function compare(found: FoundJournal, { account, overrun }: Candidate, textOf: TextOf): string[] {
  const wrong: string[] = [];
  if (found.head !== account.head) wrong.push(`the newest event is ${found.head}, expected ${account.head}`);
  if (found.heardUntil !== account.heardUntil) {
    wrong.push(`heard until ${found.heardUntil}, expected ${account.heardUntil}`);
  }
  if (JSON.stringify(found.gaps) !== JSON.stringify(account.gaps)) {
    wrong.push(`${found.gaps.length} gaps, expected ${account.gaps.length}, or others`);
  }
  wrong.push(...compareLetters(found, account, textOf));
  for (const cursor of found.cursors) {
    const differences = compareCursor(
      cursor,
      account,
      overrun?.[cursor.name] ?? (overrun === undefined ? undefined : 0),
    );
    wrong.push(...differences.map((difference) => `${cursor.name}: ${difference}`));
  }
  return wrong;
}

function compareCursor(found: FoundCursor, { head, cursors }: Account, overrun: number | undefined): string[] {
  const expected = cursors.get(found.name);
  if (expected === undefined) return [];
  const wrong: string[] = [];
  const open = [...expected.open.values()].toSorted((one, other) => one.id - other.id);
  if (JSON.stringify(found.open) !== JSON.stringify(open)) {
    wrong.push(`open batches ${JSON.stringify(found.open)}, expected ${JSON.stringify(open)}`);
  }
  const positions = new Set(found.events.map(({ position }) => position));
  if (positions.size !== found.events.length) wrong.push('an event is there twice');
  if (found.lag !== positions.size)
    wrong.push(`says that ${found.lag} events are not settled, and has ${positions.size}`);
  const isExpected = (position: number): boolean => position <= head && !expected.settled.has(position);
  const strange = [...positions].filter((position) => !isExpected(position));
  if (strange.length > 0) wrong.push(`${listed(strange)} should not be there`);
  const missing: number[] = [];
  for (let position = 1; position <= head; position++) {
    if (isExpected(position) && !positions.has(position)) missing.push(position);
  }
  // Only what a full journal moved the cursor past may be missing, and it says how much that was.
  if (missing.length !== found.overrun) {
    wrong.push(`${listed(missing)} missing, and an overrun of ${found.overrun} is recorded`);
  }
  if (overrun !== undefined && found.overrun !== overrun) {
    wrong.push(`an overrun of ${found.overrun} is recorded, expected ${overrun}`);
  }
  return wrong;
}

function compareLetters({ letters }: FoundJournal, account: Account, textOf: TextOf): string[] {
  const found = new Map(letters.map((letter) => [letter.number, letter]));
  const wrong: string[] = [];
  for (const [number, expected] of account.letters) {
    const letter = found.get(number);
    if (letter === undefined) wrong.push(`the dead letter ${number} is missing`);
    else if (!isSame(letter, expected, textOf)) wrong.push(`the dead letter ${number} is another one`);
  }
  for (const number of found.keys()) if (!account.letters.has(number)) wrong.push(`there is a dead letter ${number}`);
  return wrong;
}

function isSame(found: FoundJournal['letters'][number], expected: ExpectedLetter, textOf: TextOf): boolean {
  if ('frame' in expected) return found.destination === 'stream' && found.text === expected.frame;
  const { destination, position } = expected;
  return found.destination === destination && found.eventId === `e${position}` && found.text === textOf(position);
}

function listed(positions: readonly number[]): string {
  const shown = positions.slice(0, 8).join(', ');
  return `${positions.length} events (${shown}${positions.length > 8 ? ' …' : ''})`;
}
