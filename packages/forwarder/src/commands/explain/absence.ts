import type { JournalReader } from '@grantex/journal-sqlite';
import type { SourceStatus } from '../../watching/status.js';
import { isoTime } from '../journal-text.js';
import { formatDuration } from '../terminal.js';
import { timeOfEventId } from './event-id.js';
import type { Reason } from './explanation.js';
import { overrunOf } from './overrun-of.js';

/** Between the server's clock and this machine's. Milliseconds. */
const CLOCK_SLACK_MS = 5_000;

/** What is known of the world beside the journal. */
export interface Present {
  /** Unix epoch, milliseconds. */
  readonly now: number;
  /** What the running program says of the source; undefined when none runs. */
  readonly status: SourceStatus | undefined;
}

/** Why a journal does not know an event, as far as its id and what the journal has noted tell. At least one reason. */
export function reasonsForAbsence(reader: JournalReader, id: string, { now, status }: Present): readonly Reason[] {
  const time = timeOfEventId(id);
  if (time === undefined) {
    return [{ kind: 'not_an_event_id', text: 'this is not an event id: expected evt_ and 26 letters and digits' }];
  }
  const made = `the id was made at ${isoTime(time)}`;
  if (time > now + CLOCK_SLACK_MS) return [{ kind: 'future', text: `${made}, which is yet to come` }];
  const reasons: Reason[] = [];
  for (const { from, to, cause } of reader.gaps()) {
    if (time < from - CLOCK_SLACK_MS || time > to + CLOCK_SLACK_MS) continue;
    const text = `${made}: the stream was not heard from ${isoTime(from)} to ${isoTime(to)} (${formatDuration(to - from)}): ${cause}`;
    reasons.push({ kind: 'gap', text });
  }
  const notHeard = reasons.length === 0 ? whyNotHeard(reader.heardUntil(), time, status) : undefined;
  if (notHeard !== undefined) reasons.push({ kind: 'not_heard', text: `${made}: ${notHeard}` });
  const overrun = overrunOf(reader, reader.overruns(), { id, position: undefined });
  if (overrun !== undefined) {
    const { destination, count, lastAt } = overrun;
    const text = `it may be one of ${count} events that were received while the journal was full, and were not delivered to ${destination} (until ${isoTime(lastAt)})`;
    reasons.push({ kind: 'overrun', text });
  }
  const oldest = reader.oldestRemembered();
  if (oldest === undefined) {
    reasons.push({ kind: 'never_received', text: 'this journal has not received any event yet' });
  } else if (time < oldest.appendedAt - CLOCK_SLACK_MS) {
    const since = isoTime(oldest.appendedAt);
    reasons.push({ kind: 'older_than_memory', text: `${made}, and this journal remembers ids since ${since}` });
  }
  if (reasons.length > 0) return reasons;
  const others = 'another account, or a type that the source does not ask for';
  const text = `${made}, a time in which the stream was heard: it was never received here (${others}), or it is forgotten`;
  return [{ kind: 'never_received', text }];
}

/** Why it may not have been heard after the last gap that is recorded. */
function whyNotHeard(
  heardUntil: number | undefined,
  time: number,
  status: SourceStatus | undefined,
): string | undefined {
  const lostSince = status?.lost_since ?? null;
  if (lostSince !== null && time >= Date.parse(lostSince) - CLOCK_SLACK_MS) {
    return `the stream has not been heard since ${lostSince}`;
  }
  if (heardUntil === undefined || time <= heardUntil) return undefined;
  if (status === undefined) return `no forwarder runs, and the stream was last heard at ${isoTime(heardUntil)}`;
  return undefined;
}
