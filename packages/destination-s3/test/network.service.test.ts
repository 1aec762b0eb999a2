import type { Attempt, Batch, Verdict } from '@grantex/core';
import { expect, test } from 'vitest';
import { needService, serviceAddress } from '../../../tools/services/address.js';
import { proxy } from '../../../tools/services/toxiproxy.js';
import {
  countCopies,
  freeze,
  networkFaults,
  restart,
  sendThrough,
} from '../../../tools/services/trial/network-trial.js';
import { watchRequests } from '../../../tools/services/trial/request-watch.js';
import { idsOf, QUICK, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { S3Destination } from '../src/index.js';
import { StoredObjects } from './bucket.js';

const COUNT = 20_000;

/** Another one after each start. */
const s3Pid = () => Number(serviceAddress('s3')?.S3_PID);

/** Counts the uploads that met what an earlier try had written. */
class CountingDestination extends S3Destination {
  written = 0;

  protected override async sendBatch(batch: Batch<string>, attempt: Attempt): Promise<Verdict> {
    const verdict = await super.sendBatch(batch, attempt);
    if (verdict.statusCode === 412) this.written++;
    return verdict;
  }
}

test('20,000 events through cuts, latency and truncation, the server stopped in the middle: each is there once', async (context) => {
  const address = needService('s3', context);
  needService('toxiproxy', context);
  const { host } = new URL(address.S3_ENDPOINT);
  await using network = await proxy({ name: 's3', upstream: host });
  using stored = new StoredObjects(address);
  await using rig = await ServiceRig.start({
    destination: new CountingDestination({
      ...stored.options,
      endpoint: `http://${network.listen}`,
      // Small enough for a batch in every fault, and not compressed, so that the truncations meet the requests.
      batchSize: 100,
      compression: 'none',
      timeoutMs: 2_000,
      ...QUICK,
    }),
  });
  const watch = watchRequests(rig.destination);
  const begunAt = performance.now();
  const faults = [...networkFaults({ network, watch }), restart('s3', watch), freeze(s3Pid, watch)];
  const events = await sendThrough(faults, rig, COUNT);
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);

  const { ids, repeats } = countCopies(await stored.ids(), watch);
  const { written } = rig.destination;
  console.log(
    `${ids.length} events and ${repeats} repeats read back, ${written} uploads were there already, sent in ${seconds} s; requests:`,
    watch.counts,
  );
  expect(ids).toEqual(idsOf(events));
  // Answers were lost, and would have cost repeats.
  expect(written).toBeGreaterThan(0);
  expect(repeats).toBe(0);
  expect(new Set(await stored.lines())).toEqual(new Set(events.map((event) => JSON.stringify(event))));
  expect(rig.stats).toMatchObject({ delivered: COUNT, deadLettered: 0, overrun: 0, lag: 0 });
  for (const line of rig.lines) expect(line).not.toContain(stored.options.secretAccessKey);
});
