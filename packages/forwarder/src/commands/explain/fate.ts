import { SettledPositions, type DeadLetter, type GrantexEvent, type Overrun } from '@grantex/core';
import type { JournalReader, StoredCursor, StoredReceipt } from '@grantex/journal-sqlite';
import type { DestinationSettings } from '../../settings/settings.js';
import type { DestinationStatus } from '../../watching/status.js';
import { isoTime } from '../journal-text.js';
import { formatCount, formatNumberOf } from '../terminal.js';
import type { Fate, FateState, RequestMade } from './explanation.js';
import { overrunOf } from './overrun-of.js';

/** The event, as far as it is known. */
export interface Subject {
  readonly source: string;
  readonly id: string;
  /** Undefined when only dead letters tell of it. */
  readonly position: number | undefined;
  /** Undefined when it is deleted, or damaged. */
  readonly event: GrantexEvent | undefined;
}

/** What there is about one destination. */
export interface Traces {
  readonly name: string;
  /** Undefined: no settings name it. */
  readonly settings: DestinationSettings | undefined;
  readonly cursor: StoredCursor | undefined;
  /** Of this event. */
  readonly receipts: readonly StoredReceipt[];
  readonly deadLetter: DeadLetter | undefined;
  readonly overruns: readonly Overrun[];
  /** Undefined when no program runs. */
  readonly status: DestinationStatus | undefined;
}

/** What became of an event at one destination. */
export function fateOf(reader: JournalReader, subject: Subject, traces: Traces): Fate {
  const requests = traces.receipts.map(({ at, attempts, statusCode }): RequestMade => {
    return { at: isoTime(at), attempts, status_code: statusCode ?? null };
  });
  const fate = (state: FateState, text: string, more: Partial<Fate> = {}): Fate => {
    return { destination: traces.name, state, text, requests, ...more };
  };
  const { settings, cursor, deadLetter } = traces;
  if (deadLetter !== undefined) {
    const { number, code, reason } = deadLetter;
    const advice = `grantex-forwarder dead-letters retry ${number} --source ${subject.source}`;
    return fate('dead_letter', `${code}: ${reason}. Send it again: ${advice}`, {
      dead_letter: { number, code, reason },
    });
  }
  if (requests.length > 0) return fate(...tellRequests(requests));
  if (cursor === undefined || subject.position === undefined) {
    if (settings?.sources.includes(subject.source) === false) {
      return fate('not_for_it', 'its settings leave this source out');
    }
    if (settings?.enabled === false || traces.status?.state === 'off') return fate('off', 'it is switched off');
    if (cursor === undefined) return fate('not_begun', 'it has not begun here: the program has not run with it yet');
    return fate('settled', 'not known any more');
  }
  const settled = new SettledPositions(cursor.below, cursor.ranges);
  if (!settled.has(subject.position)) return fate(...tellWaiting(subject.position, settled, traces));
  const overrun = overrunOf(reader, traces.overruns, { id: subject.id, position: subject.position });
  if (overrun !== undefined) {
    const text = `not delivered: the journal was full, and it was moved past ${formatNumberOf(overrun.count, 'event')}`;
    return fate('overrun', `${text} (until ${isoTime(overrun.lastAt)})`);
  }
  return fate(...tellSilence(subject, settings));
}

function tellRequests(requests: readonly RequestMade[]): readonly [FateState, string] {
  const [last] = requests.slice(-1);
  const tried = last === undefined ? '' : `${formatNumberOf(last.attempts, 'attempt')}, ${last.at}`;
  const status = last?.status_code ?? undefined;
  if (status === undefined || status < 400) {
    return ['delivered', `${status === undefined ? '' : `status ${status}, `}${tried}`];
  }
  const otherwise = 'it was a dead letter that has been sent again or dropped, or the status counts as accepted';
  return ['settled', `the service answered ${status} (${tried}): ${otherwise}`];
}

function tellWaiting(
  position: number,
  settled: SettledPositions,
  { cursor, settings, status }: Traces,
): readonly [FateState, string, Partial<Fate>] {
  const before = settled.countUnsettled(position - 1);
  const line = before === 0 ? 'the next one' : `behind ${formatCount(before)} other${before === 1 ? '' : 's'}`;
  const isOpen = cursor?.open.some(({ ranges }) =>
    ranges.some(([first, last]) => first <= position && position <= last),
  );
  const text = `${isOpen === true ? 'in a request that is open' : line}; ${tellState(settings, status)}`;
  return [isOpen === true ? 'in_open_batch' : 'waiting', text, { events_before: before }];
}

function tellState(settings: DestinationSettings | undefined, status: DestinationStatus | undefined): string {
  if (settings === undefined) return 'no destination of the settings has this name, so nobody delivers it';
  if (status === undefined) return 'no forwarder runs with it now';
  const { state, last_error: error } = status;
  const why = error !== null && state !== 'delivering' ? `: ${error.code}, ${error.message}` : '';
  return `the destination is ${state}${why}`;
}

/** Settled without a request. */
function tellSilence({ event }: Subject, settings: DestinationSettings | undefined): readonly [FateState, string] {
  if (event === undefined) return ['settled', 'how is not known any more: requests are forgotten with their events'];
  if (settings?.filter !== undefined && !passes(settings.filter, event)) return ['filtered', 'its filter keeps it out'];
  const otherwise = 'or it was a dead letter without a request, or its filter was another one';
  return ['passed_over', `not sent: it was received before the destination began, ${otherwise}`];
}

/** A filter that fails has not kept the event out: it makes a dead letter. */
function passes(filter: (event: GrantexEvent) => boolean, event: GrantexEvent): boolean {
  try {
    return filter(event);
  } catch {
    return true;
  }
}
