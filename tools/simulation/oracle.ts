import type { DeadLetter, Gap, JournalStats, Overrun } from '@grantex/core';
import type { Ledger, LifeRecord, Published, Stored } from './ledger.ts';
import type { Plan } from './plan.ts';
import type { Service } from './service.ts';
import { MOST_TRANSIT_MS } from './stream-connection.ts';

/** What is known when everything is over. */
export interface Remains {
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly services: ReadonlyMap<string, Service>;
  /** Ids in the order of the journal. */
  readonly appended: readonly string[];
  /** When the journal was told for the first time that the stream is heard; what was lost before, nobody can know of. */
  readonly firstHeardAt: number;
  /** Events that the last stop has told as left. */
  readonly left: number;
  readonly deadLetters: readonly DeadLetter[];
  readonly journal: JournalStats;
}

/** Says what was promised and not kept. */
export function judge(remains: Remains): string[] {
  const { plan } = remains;
  return [
    ...judgeAppends(remains),
    ...judgeGaps(remains),
    ...plan.destinations.flatMap(({ name, without, concurrency }) => [
      ...judgeConservation(remains, name, without),
      ...judgeIntegrity(remains, name),
      ...judgeRepeats(remains, name),
      ...(concurrency === 1 ? judgeOrder(remains, name) : []),
    ]),
    ...judgeDeadLetters(remains),
  ];
}

/** Each event once, and nothing that was not published. */
function judgeAppends({ appended, ledger }: Remains): string[] {
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const id of appended) {
    if (!ledger.published.has(id)) wrong.push(`append: ${id} was never published`);
    if (seen.has(id)) wrong.push(`append: ${nameOf(ledger, id)} is in the journal twice`);
    seen.add(id);
  }
  return wrong;
}

/** What is not in the journal lies in a recorded gap. */
function judgeGaps({ appended, ledger, journal, firstHeardAt }: Remains): string[] {
  const known = new Set(appended);
  const lastLife = ledger.lives.at(-1);
  const wrong: string[] = [];
  for (const event of ledger.published.values()) {
    if (known.has(event.id)) continue;
    const hearers = ledger.heard.get(event.id);
    if (lastLife !== undefined && hearers?.has(lastLife.number) === true) {
      wrong.push(`gap: ${nameOf(ledger, event.id)} was heard by the last life, and is not in the journal`);
    }
    const life = ledger.lives.find((each) => isHeardAround(each, event) && hearers?.has(each.number) !== true);
    if (life !== undefined && !isIn(life.gaps, event)) {
      wrong.push(`gap: ${nameOf(ledger, event.id)} was missed by life ${life.number} outside of its gaps`);
    }
    if (event.at < firstHeardAt || life !== undefined) continue;
    if (!isIn(journal.gaps, event)) wrong.push(`gap: ${nameOf(ledger, event.id)} is lost, and no gap is recorded`);
  }
  return wrong;
}

/** The life had heard the stream before, and heard it afterwards. */
function isHeardAround({ heardFrom, heardUntil }: LifeRecord, { at }: Published): boolean {
  return heardFrom !== undefined && at >= heardFrom && at <= heardUntil - MOST_TRANSIT_MS;
}

/** What was on its way when the last byte came is beyond what a client can know. */
function isIn(gaps: readonly Gap[], { at }: Published): boolean {
  return gaps.some(({ from, to }) => at >= from - MOST_TRANSIT_MS - 1 && at <= to + 1);
}

/** What was appended is stored, a dead letter, or in an overrun that was recorded. */
function judgeConservation(remains: Remains, destination: string, without: string | undefined): string[] {
  const { appended, ledger, deadLetters, journal, left } = remains;
  const stored = new Set(ledger.storedAt(destination).map(({ id }) => id));
  const given = new Set(deadLetters.filter((each) => each.destination === destination).map(({ eventId }) => eventId));
  const overruns = journal.overruns.filter((each) => each.destination === destination);
  const wrong: string[] = [];
  const missing: string[] = [];
  let overrun = 0;
  for (const [index, id] of appended.entries()) {
    const isWanted = ledger.published.get(id)?.type !== without;
    if (!isWanted && (stored.has(id) || given.has(id))) {
      wrong.push(`conservation: ${destination} got ${nameOf(ledger, id)}, which its filter keeps out`);
    }
    if (!isWanted || stored.has(id) || given.has(id)) continue;
    if (isOverrun(overruns, appended, index)) overrun++;
    else missing.push(`conservation: ${destination} never got ${nameOf(ledger, id)}, and nothing tells so`);
  }
  if (missing.length > left) wrong.push(...missing);
  const recorded = overruns.reduce((sum, { count }) => sum + count, 0);
  if (overrun > recorded) wrong.push(`conservation: ${destination} missed ${overrun} events, and ${recorded} are told`);
  return wrong;
}

function isOverrun(overruns: readonly Overrun[], appended: readonly string[], index: number): boolean {
  return overruns.some(
    ({ firstId, lastId }) => index >= appended.indexOf(firstId) && index <= appended.indexOf(lastId),
  );
}

function judgeIntegrity({ ledger, appended }: Remains, destination: string): string[] {
  const known = new Set(appended);
  const wrong: string[] = [];
  for (const { id, text } of ledger.storedAt(destination)) {
    if (ledger.published.get(id)?.text !== text) wrong.push(`integrity: ${destination} got other bytes of ${id}`);
    // What is sent was durable before.
    if (!known.has(id)) wrong.push(`integrity: ${destination} got ${nameOf(ledger, id)}, which the journal has not`);
  }
  return wrong;
}

/** With one request at a time, events come in the order of the journal when they come for the first time. */
function judgeOrder({ ledger, appended, journal }: Remains, destination: string): string[] {
  const overruns = journal.overruns.filter((each) => each.destination === destination);
  const places = new Map(appended.map((id, index) => [id, index]));
  const overtaken = ledger.overtakenAt(destination);
  const seen = new Set<string>();
  let last = -1;
  let lastId = '';
  for (const { id } of ledger.storedAt(destination)) {
    if (seen.has(id) || overtaken.has(id)) continue;
    seen.add(id);
    const place = places.get(id) ?? Infinity;
    // It was passed over, and told so; a request that a crash had left on its way may bring it at any time.
    if (isOverrun(overruns, appended, place)) continue;
    if (place < last) return [`order: ${destination} got ${nameOf(ledger, lastId)} before ${nameOf(ledger, id)}`];
    [last, lastId] = [place, id];
  }
  return [];
}

/** An event comes again only if its sender could not know that it had come, or had not been able to write it down. */
function judgeRepeats({ ledger, plan }: Remains, destination: string): string[] {
  const before = new Map<string, Stored>();
  const wrong: string[] = [];
  for (const stored of ledger.storedAt(destination)) {
    const earlier = before.get(stored.id);
    before.set(stored.id, stored);
    if (earlier === undefined || !earlier.request.acknowledged.has(stored.id)) continue;
    const [first, second] = [earlier.request, stored.request];
    if (first.number >= second.number) continue; // A request that was on its way for long.
    const isSameLife = first.life === second.life;
    const isForgotten = plan.disk.forgetsCommits || ledger.failedWrites > 0;
    const isPolite = ledger.lives[first.life - 1]?.isPolite === true;
    const isExplained = isSameLife ? false : isForgotten || !isPolite;
    if (isExplained) continue;
    wrong.push(
      `repeats: ${destination} got ${nameOf(ledger, stored.id)} in request ${second.number}, although request ${first.number} was accepted`,
    );
  }
  return wrong;
}

/** Only what a service never takes is given up, with its text and a reason. */
function judgeDeadLetters({ ledger, deadLetters, services }: Remains): string[] {
  const wrong: string[] = [];
  for (const { destination, eventId = '', text, reason } of deadLetters) {
    if (destination === 'stream') {
      if (!ledger.garbage.has(text)) wrong.push(`dead letters: a frame that nobody sent: ${text}`);
      continue;
    }
    const event = ledger.published.get(eventId);
    if (event === undefined || event.text !== text) wrong.push(`dead letters: ${eventId} is not what was published`);
    else if (services.get(destination)?.isUnacceptable(event) !== true) {
      wrong.push(`dead letters: ${destination} gave up ${nameOf(ledger, eventId)}, which is healthy: ${reason}`);
    }
  }
  return wrong;
}

function nameOf(ledger: Ledger, id: string): string {
  return `event #${ledger.published.get(id)?.number ?? '?'}`;
}
