import type { EventDestination } from '@grantex/core';
import type { TestEvent } from '@grantex/testing';
import { serviceAddress, type ServiceName } from '../address.ts';
import { start, stop } from '../server.ts';
import type { Proxy, Toxic, ToxicPlace } from '../toxiproxy.ts';
import type { RequestWatch } from './request-watch.ts';
import { recentEvents, type ServiceRig } from './service-rig.ts';

/** Something that happens while a part of the events is on its way. */
export type Fault = () => Promise<void>;

/** What a trial works with: the proxy on the way, and what the destination sees of it. */
export interface Way {
  readonly network: Proxy;
  readonly watch: RequestWatch;
}

/** Nothing passes for a while: connections end, and new ones are refused. */
export async function cut({ network, watch }: Way, failures = 3): Promise<void> {
  await network.cut();
  await watch.fails(failures);
  await network.restore();
}

/** Something is wrong on the way until what is waited for has come. */
export async function during({ network }: Way, toxic: Toxic & ToxicPlace, meanwhile: Promise<void>): Promise<void> {
  const name = await network.addToxic(toxic);
  await meanwhile;
  await network.removeToxic(name);
}

/** Cuts, delays and truncations, for a service that answers each request; the attempt's time-out has to be short. */
export function networkFaults(way: Way): Fault[] {
  const { network, watch } = way;
  return [
    () => cut(way),
    () => during(way, { type: 'latency', attributes: { latency: 60, jitter: 40 } }, watch.succeeds(10)),
    // A request is truncated: nothing of it is stored.
    () => during(way, { type: 'limit_data', attributes: { bytes: 5_000 }, stream: 'upstream' }, watch.fails(4)),
    // An answer is truncated: the request is stored.
    () => during(way, { type: 'limit_data', attributes: { bytes: 20 } }, watch.fails(4)),
    // Nothing passes, until the attempt's time is over.
    () => during(way, { type: 'timeout', attributes: { timeout: 0 } }, watch.fails(1)),
    () => during(way, { type: 'reset_peer', attributes: { timeout: 5 } }, watch.fails(4)),
    // A thin line, cut again and again in the middle of a request.
    async () => {
      const thin = await network.addToxic({ type: 'bandwidth', attributes: { rate: 200 }, stream: 'upstream' });
      for (let cuts = 0; cuts < 3; cuts++) {
        await watch.succeeds(1);
        await cut(way, 1);
      }
      await network.removeToxic(thin);
    },
  ];
}

/** The service is stopped, fails some requests, and is started again. Its data stay. */
export function restart(name: ServiceName, watch: RequestWatch, failures = 5): Fault {
  return () => without(name, () => watch.fails(failures));
}

/** The service takes requests and does not come to read them before the attempt's time is over. */
export function freeze(pid: () => number, watch: RequestWatch): Fault {
  return async () => {
    const frozen = pid();
    process.kill(frozen, 'SIGSTOP');
    await watch.fails(1).finally(() => process.kill(frozen, 'SIGCONT'));
  };
}

/** Runs something while a service is down, and starts it again. Its data stay. */
export async function without(name: ServiceName, meanwhile: () => Promise<void>): Promise<void> {
  if (serviceAddress(name) === undefined) throw new Error(`${name} does not run`);
  await stop(name, 'stop', () => {});
  const [result] = await Promise.allSettled([meanwhile()]);
  await startAgain(name);
  if (result.status === 'rejected') throw result.reason;
}

async function startAgain(name: ServiceName): Promise<void> {
  const progress: string[] = [];
  const { kind } = await start(name, (line) => progress.push(line));
  if (kind !== 'ready') throw new Error(`${name} did not come back: ${progress.join('; ')}`);
}

/**
 * Publishes so many events, a share of them for each fault, which comes while they are on their way; resolves with the
 * events when all are settled.
 */
export async function sendThrough(
  faults: readonly Fault[],
  rig: ServiceRig<EventDestination>,
  count: number,
): Promise<TestEvent[]> {
  const events = recentEvents(count);
  const parts = [...faults, async () => {}]; // the last events meet none
  const size = Math.ceil(count / parts.length);
  for (const [part, fault] of parts.entries()) {
    rig.publish(events.slice(part * size, (part + 1) * size));
    await fault();
  }
  await rig.settled(count);
  return events;
}

export interface StoredCopies {
  /** Each once, sorted. */
  readonly ids: readonly string[];
  /** Copies beside the first. */
  readonly repeats: number;
  /** Ids that are there more often than requests without an answer explain. */
  readonly unexplained: readonly string[];
}

/** Counts what was read back: the id of every copy that the service has. */
export function countCopies(storedIds: readonly string[], watch: RequestWatch): StoredCopies {
  const copies = new Map<string, number>();
  for (const id of storedIds) copies.set(id, (copies.get(id) ?? 0) + 1);
  return {
    ids: [...copies.keys()].toSorted(),
    repeats: storedIds.length - copies.size,
    unexplained: [...copies].filter(([id, count]) => count - 1 > (watch.unanswered.get(id) ?? 0)).map(([id]) => id),
  };
}
