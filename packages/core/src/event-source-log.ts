import type { Remaining } from './delivery/delivery-parts.js';
import type { Gap, Overrun } from './journal/journal.js';
import type { Logger } from './logger.js';

/** What a source says in the log, beside what its connection and its deliveries say. */

export function tellGap(logger: Logger, { from, to, cause }: Gap): void {
  const seconds = ((to - from) / 1000).toFixed(1);
  logger.warn(`event stream: heard again after a gap of ${seconds} s; events published in it may be missing`, {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    cause,
  });
}

export function tellOverrun(logger: Logger, { destination, firstId, lastId, count }: Overrun): void {
  logger.error(
    `${destination}: the journal is full, so this destination is moved on and misses events, from ${firstId} on`,
    { destination, firstId, lastId, count },
  );
}

export function tellFilling(logger: Logger, percent: number, slowest: string, msLeft: number | undefined): void {
  const left = msLeft === undefined ? '' : `; at this rate it is full in ${Math.ceil(msLeft / 60_000)} min`;
  logger.warn(`journal: ${percent} % full, waiting for ${slowest}${left}`);
}

/** The requests under way were finished, and the next run goes on. */
export function tellLeft(logger: Logger, { destination, events, firstId, lastId }: Remaining): void {
  logger.info(`${destination}: leaves ${events} event(s) in the journal, ${firstId} to ${lastId}`, {
    destination,
    events,
  });
}

export function tellRemaining(logger: Logger, { destination, events, firstId, lastId }: Remaining): void {
  logger.error(`${destination}: stopped with ${events} event(s) not delivered, ${firstId} to ${lastId}`, {
    destination,
    events,
  });
}
