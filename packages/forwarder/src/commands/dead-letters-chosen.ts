import { CommandFailure, EXIT } from '../exit-codes.js';
import type { Settings } from '../settings/settings.js';
import { needJournal, tellingJournalErrors } from './journal-access.js';

/** Told to the running program in one message. */
const PAGE = 100;

/** What the command line says about which dead letters are meant. */
export interface ChosenLetters {
  readonly numbers: readonly number[];
  readonly all?: boolean;
  /** With `all`. */
  readonly destination?: string;
}

/** A few numbers of dead letters of one destination. `destination` is undefined for numbers that were named. */
export interface LetterPage {
  readonly destination: string | undefined;
  readonly numbers: readonly number[];
}

/** The numbers that are meant, a page at a time. Throws when the command line says nothing, or two things. */
export function chosenPages(
  settings: Pick<Settings, 'sources' | 'journal'>,
  source: string,
  { numbers, all = false, destination }: ChosenLetters,
): readonly LetterPage[] {
  if (all === numbers.length > 0)
    throw new CommandFailure('name dead letters by their numbers, or say --all', EXIT.usage);
  if (!all) {
    if (destination !== undefined) throw new CommandFailure('--destination goes with --all', EXIT.usage);
    return paged(undefined, [...new Set(numbers)]);
  }
  using reader = needJournal(settings, source);
  const byDestination = new Map<string, number[]>();
  for (const letter of tellingJournalErrors(() => reader.deadLetterNumbers())) {
    if (destination !== undefined && letter.destination !== destination) continue;
    const own = byDestination.get(letter.destination);
    if (own === undefined) byDestination.set(letter.destination, [letter.number]);
    else own.push(letter.number);
  }
  return [...byDestination].flatMap(([name, own]) => paged(name, own));
}

export function countLetters(pages: readonly LetterPage[]): number {
  return pages.reduce((sum, { numbers }) => sum + numbers.length, 0);
}

function paged(destination: string | undefined, numbers: readonly number[]): readonly LetterPage[] {
  const count = Math.ceil(numbers.length / PAGE);
  return Array.from({ length: count }, (_, page) => ({
    destination,
    numbers: numbers.slice(page * PAGE, (page + 1) * PAGE),
  }));
}
