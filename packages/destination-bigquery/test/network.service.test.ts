import { expect, onTestFinished, test } from 'vitest';
import { needService, serviceAddress } from '../../../tools/services/address.js';
import { proxy } from '../../../tools/services/toxiproxy.js';
import {
  countCopies,
  cut,
  during,
  freeze,
  networkFaults,
  restart,
  sendThrough,
  type Fault,
} from '../../../tools/services/trial/network-trial.js';
import { watchRequests } from '../../../tools/services/trial/request-watch.js';
import { idsOf, QUICK, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { until } from '../../../tools/services/trial/until.js';
import { BigQueryDestination } from '../src/index.js';
import { StoredRows, freshEmulator } from './emulator.js';

const COUNT = 20_000;

/** Another one after each start. */
const emulatorPid = () => Number(serviceAddress('bigquery')?.BIGQUERY_PID);

test('insert-all: 20,000 events through cuts, latency and truncation, the server restarted in the middle: nothing is missing', async (context) => {
  const address = needService('bigquery', context);
  needService('toxiproxy', context);
  await using stored = await StoredRows.create(address);
  await using network = await proxy({ name: 'bigquery', upstream: new URL(stored.options.apiEndpoint).host });
  await using rig = await ServiceRig.start({
    destination: new BigQueryDestination({
      ...stored.options,
      ...QUICK,
      apiEndpoint: `http://${network.listen}`,
      createTable: true,
      batchSize: 250,
      timeoutMs: 2_000,
    }),
  });
  const watch = watchRequests(rig.destination);
  const begunAt = performance.now();
  const way = { network, watch };
  const faults: Fault[] = [
    // Without the last one: Toxiproxy's API hangs when a thin line is cut in the middle of requests as large as these.
    ...networkFaults(way).slice(0, -1),
    async () => {
      for (let cuts = 0; cuts < 3; cuts++) {
        await watch.succeeds(1);
        await cut(way, 1);
      }
    },
    restart('bigquery', watch),
    freeze(emulatorPid, watch),
  ];
  const events = await sendThrough(faults, rig, COUNT);
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);

  const { ids, repeats, unexplained } = countCopies(await stored.ids(), watch);
  console.log(`${ids.length} events and ${repeats} repeats read back, sent in ${seconds} s; requests:`, watch.counts);
  expect(ids).toEqual(idsOf(events));
  expect(rig.stats).toMatchObject({ delivered: COUNT, deadLettered: 0, overrun: 0, lag: 0 });
  // The emulator keeps every copy: it does not look at insertId. Each but the first is explained by a lost answer.
  expect(unexplained).toEqual([]);
});

test('storage-write: 20,000 events through cuts, latency and truncation: each is there once', async (context) => {
  const address = needService('bigquery', context);
  needService('toxiproxy', context);
  await freshEmulator();
  onTestFinished(freshEmulator, 60_000);
  await using stored = await StoredRows.create(address);
  await using network = await proxy({
    name: 'bigquery-grpc',
    upstream: new URL(stored.options.storageApiEndpoint).host,
  });
  await using rig = await ServiceRig.start({
    destination: new BigQueryDestination({
      ...stored.options,
      ...QUICK,
      mode: 'storage-write',
      storageApiEndpoint: `http://${network.listen}`,
      createTable: true,
      batchSize: 250,
      timeoutMs: 2_000,
    }),
  });
  // Opens the stream: the faults count requests, and without a place there are none.
  await until(async () => (await rig.destination.check()).ok);
  const watch = watchRequests(rig.destination);
  const way = { network, watch };
  // A toxic counts for all of a connection, and gRPC has one for everything: each fault begins with a new one.
  const faults: Fault[] = [
    () => cut(way),
    () => during(way, { type: 'latency', attributes: { latency: 60, jitter: 40 } }, watch.succeeds(10)),
    () => during(way, { type: 'limit_data', attributes: { bytes: 20_000 }, stream: 'upstream' }, watch.fails(3)),
    () => during(way, { type: 'limit_data', attributes: { bytes: 300 } }, watch.fails(3)),
    () => during(way, { type: 'timeout', attributes: { timeout: 0 } }, watch.fails(1)),
    () => during(way, { type: 'reset_peer', attributes: { timeout: 5 } }, watch.fails(3)),
    async () => {
      await watch.succeeds(1);
      await cut(way, 1);
    },
  ];
  const begunAt = performance.now();
  const events = await sendThrough(faults, rig, COUNT);
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);

  const { ids, repeats } = countCopies(await stored.ids(), watch);
  console.log(`${ids.length} events and ${repeats} repeats read back, sent in ${seconds} s; requests:`, watch.counts);
  expect(ids).toEqual(idsOf(events));
  expect(repeats).toBe(0);
  expect(watch.counts.unanswered).toBeGreaterThan(0);
  expect(rig.stats).toMatchObject({ delivered: COUNT, deadLettered: 0, overrun: 0, lag: 0 });
});
