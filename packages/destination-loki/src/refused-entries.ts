import type { LokiEntry } from './encode.js';

/** Why Loki took some entries of a push and not others: all the reasons that it judges by an entry's time. */
export type TimeFault =
  /** Older than `reject_old_samples_max_age`: a week. */
  | 'too old'
  /** Further ahead of Loki's clock than `creation_grace_period`: ten minutes. */
  | 'too new'
  /** Older than the newest entry of the stream by half of `max_chunk_age`: an hour. */
  | 'too far behind';

/**
 * The entries that a 400 is about, by their index in the push; undefined when that cannot be said for sure.
 *
 * Loki stores the other entries. It names those that it refused by their times alone, in whole seconds, and of the second kind no
 * more than ten; but they are always the oldest ones, or the newest. So they are found by their number, and what is
 * printed has to agree with it.
 */
export function refusedEntries(
  text: string,
  entries: readonly LokiEntry[],
): ReadonlyMap<number, TimeFault> | undefined {
  const counted = countIngesterFaults(text, entries.length) ?? countDistributorFaults(text);
  if (counted === undefined || counted.size === 0) return undefined;
  const byTime = [...entries.keys()].toSorted((one, other) => timeAt(entries, one) - timeAt(entries, other));
  const refused = new Map<number, TimeFault>();
  for (const [fault, { count, limit }] of counted) {
    const offenders = fault === 'too new' ? byTime.splice(-count) : byTime.splice(0, count);
    if (offenders.length < count || !agrees({ fault, limit, offenders, others: byTime }, entries)) return undefined;
    for (const index of offenders) refused.set(index, fault);
  }
  return refused;
}

interface Counted {
  readonly count: number;
  /** Where it begins to be refused, Unix seconds: the least (of the too new, the greatest) time that is said to be acceptable. */
  readonly limit: number;
}

/** `total ignored: 1 out of 3`: as an ingester says it, which knows nothing of what a distributor has refused before. */
function countIngesterFaults(text: string, size: number): Map<TimeFault, Counted> | undefined {
  const total = /total ignored: (\d+) out of (\d+) for stream/.exec(text);
  if (total === null) return undefined;
  const limit = /reason: 'entry too far behind.*?oldest acceptable timestamp is: (\S+?)'/.exec(text)?.[1];
  const reasons = text.match(/reason: '[^,']+/g) ?? [];
  const isOfOneKind = reasons.every((reason) => reason === "reason: 'entry too far behind");
  // A number below that of the push: entries are missing that somebody else has refused without a word.
  if (limit === undefined || !isOfOneKind || Number(total[2]) !== size) return new Map();
  return new Map([['too far behind', { count: Number(total[1]), limit: secondsOf(limit) }]]);
}

/** `2 errors like: …; 1 errors like: …`, or one error as it is: as a distributor says it. */
function countDistributorFaults(text: string): Map<TimeFault, Counted> {
  const counted = new Map<TimeFault, Counted>();
  const faults = [
    ...text.matchAll(/has timestamp (too old|too new): ([^\s,;]+)(?:, oldest acceptable timestamp is: ([^\s,;]+))?/g),
  ];
  const counts = [...text.matchAll(/(?:^|; )(\d+) errors like: /g)].map(([, count]) => Number(count));
  // Of each error there has to be a time, or it is about something else.
  if (faults.length !== (counts.length || 1)) return counted;
  for (const [at, [, kind = '', time = '', limit = time]] of faults.entries()) {
    const fault = kind as TimeFault;
    const before = counted.get(fault);
    counted.set(fault, {
      count: (before?.count ?? 0) + (counts[at] ?? 1),
      limit: Math.min(before?.limit ?? Infinity, secondsOf(limit)),
    });
  }
  return counted;
}

/** Whether the refused entries are all on the refused side of the limit, and the others on the other. */
function agrees(
  {
    fault,
    limit,
    offenders,
    others,
  }: {
    readonly fault: TimeFault;
    readonly limit: number;
    readonly offenders: readonly number[];
    readonly others: readonly number[];
  },
  entries: readonly LokiEntry[],
): boolean {
  if (Number.isNaN(limit)) return false;
  const seconds = (index: number): number => Math.floor(timeAt(entries, index) / 1_000);
  // The limit is printed in whole seconds, so that an entry of that second may be on either side.
  if (fault !== 'too new') {
    return offenders.every((index) => seconds(index) <= limit) && others.every((index) => seconds(index) >= limit);
  }
  // Only the times of the refused ones are printed: `limit` is the first of them.
  return offenders.every((index) => seconds(index) >= limit) && others.every((index) => seconds(index) <= limit);
}

function secondsOf(time: string): number {
  return Date.parse(time) / 1_000;
}

function timeAt(entries: readonly LokiEntry[], index: number): number {
  return entries[index]?.time ?? Number.NaN;
}
