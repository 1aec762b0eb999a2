import type { Attempt, Batch, Verdict } from '@grantex/core';
import { expect, test } from 'vitest';
import { needService, serviceAddress } from '../../../tools/services/address.js';
import { proxy, type Proxy, type Toxic, type ToxicPlace } from '../../../tools/services/toxiproxy.js';
import type { LogRecord } from '../src/encode.js';
import { DatadogDestination } from '../src/index.js';
import {
  expectCleanLines,
  idsOf,
  recentEvents,
  ServiceRig,
  storedIds,
  UNKNOWN_KEY,
  until,
  withoutVictoriaLogs,
} from './service-rig.js';

const COUNT = 20_000;

/** Counts what became of its requests, as far as a client can know. */
class WatchedDestination extends DatadogDestination {
  readonly requests = { accepted: 0, refused: 0, unanswered: 0 };
  /** By event: the requests that held it and got no answer. They may have been stored all the same. */
  readonly unanswered = new Map<string, number>();

  protected override async sendBatch(batch: Batch<LogRecord>, attempt: Attempt): Promise<Verdict> {
    try {
      const verdict = await super.sendBatch(batch, attempt);
      this.requests[verdict.outcome === 'accepted' ? 'accepted' : 'refused']++;
      return verdict;
    } catch (error) {
      this.requests.unanswered++;
      for (const { event } of batch.items) this.unanswered.set(event.id, (this.unanswered.get(event.id) ?? 0) + 1);
      throw error;
    }
  }

  /** Resolves when so many more requests have got no answer. */
  async fails(times: number): Promise<void> {
    const before = this.requests.unanswered;
    await until(() => this.requests.unanswered >= before + times);
  }

  /** Resolves when so many more requests were accepted. */
  async succeeds(times: number): Promise<void> {
    const before = this.requests.accepted;
    await until(() => this.requests.accepted >= before + times);
  }
}

/** What happens, one after the other, while a tenth of the events each is on its way. */
function faults(network: Proxy, destination: WatchedDestination): (() => Promise<void>)[] {
  const during = async (toxic: Toxic & ToxicPlace, meanwhile: Promise<void>) => {
    const name = await network.addToxic(toxic);
    await meanwhile;
    await network.removeToxic(name);
  };
  const cut = async (failures: number) => {
    await network.cut();
    await destination.fails(failures);
    await network.restore();
  };
  return [
    () => cut(3),
    () => during({ type: 'latency', attributes: { latency: 60, jitter: 40 } }, destination.succeeds(10)),
    // A request is truncated: nothing of it is stored.
    () => during({ type: 'limit_data', attributes: { bytes: 5_000 }, stream: 'upstream' }, destination.fails(4)),
    // An answer is truncated: the request is stored.
    () => during({ type: 'limit_data', attributes: { bytes: 20 } }, destination.fails(4)),
    () => withoutVictoriaLogs(() => destination.fails(5)),
    // Nothing passes, until the attempt's time is over.
    () => during({ type: 'timeout', attributes: { timeout: 0 } }, destination.fails(1)),
    () => during({ type: 'reset_peer', attributes: { timeout: 5 } }, destination.fails(4)),
    // The server takes the request, and does not come to read it before the attempt's time is over.
    async () => {
      const pid = Number(serviceAddress('victorialogs')?.VICTORIALOGS_PID);
      process.kill(pid, 'SIGSTOP');
      await destination.fails(1).finally(() => process.kill(pid, 'SIGCONT'));
    },
    // A thin line, cut again and again in the middle of a request.
    async () => {
      const thin = await network.addToxic({ type: 'bandwidth', attributes: { rate: 200 }, stream: 'upstream' });
      for (let cuts = 0; cuts < 3; cuts++) {
        await destination.succeeds(1);
        await cut(1);
      }
      await network.removeToxic(thin);
    },
  ];
}

test('20,000 events through cuts, latency and truncation, the server stopped in the middle: nothing is missing', async (context) => {
  const { VICTORIALOGS_URL, VICTORIALOGS_DATADOG_URL } = needService('victorialogs', context);
  needService('toxiproxy', context);
  const { host } = new URL(VICTORIALOGS_URL);
  await using network = await proxy({ name: 'datadog', upstream: host });
  const endpoint = VICTORIALOGS_DATADOG_URL.replace(host, network.listen);
  await using rig = await ServiceRig.start(
    (own) => new WatchedDestination({ ...own, apiKey: UNKNOWN_KEY, endpoint, timeoutMs: 2_000 }),
  );
  const { destination } = rig;
  const events = recentEvents(COUNT);
  const begunAt = performance.now();
  const parts = [...faults(network, destination), async () => {}];
  const size = COUNT / parts.length;
  for (const [part, fault] of parts.entries()) {
    rig.publish(events.slice(part * size, (part + 1) * size));
    await fault();
  }
  await rig.settled(COUNT);
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);

  const rows = await rig.stored();
  const copies = new Map<string, number>();
  for (const id of storedIds(rows)) copies.set(id, (copies.get(id) ?? 0) + 1);
  const repeats = rows.length - copies.size;
  console.log(
    `${copies.size} events and ${repeats} repeats read back, sent in ${seconds} s; requests:`,
    destination.requests,
  );
  expect([...copies.keys()]).toEqual(idsOf(events));
  expect(rig.stats).toMatchObject({ delivered: COUNT, deadLettered: 0, overrun: 0, lag: 0 });

  // VictoriaLogs keeps every copy. Each but the first is explained by a request that was stored and whose answer was lost.
  expect(repeats).toBeGreaterThan(0);
  const unexplained = [...copies].filter(([id, count]) => count - 1 > (destination.unanswered.get(id) ?? 0));
  expect(unexplained).toEqual([]);
  // And each is the same to the letter.
  expect(new Set(rows.map(({ time, message }) => `${time} ${message}`)).size).toBe(COUNT);
  expectCleanLines(rig.lines, UNKNOWN_KEY);
});
