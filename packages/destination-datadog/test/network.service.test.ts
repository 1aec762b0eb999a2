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
import { idsOf } from '../../../tools/services/trial/service-rig.js';
import { DatadogDestination } from '../src/index.js';
import { DatadogRig, expectCleanLines, storedIds, UNKNOWN_KEY } from './service-rig.js';

const COUNT = 20_000;

/** Another one after each start. */
const victoriaLogsPid = () => Number(serviceAddress('victorialogs')?.VICTORIALOGS_PID);

test('20,000 events through cuts, latency and truncation, the server stopped in the middle: nothing is missing', async (context) => {
  const { VICTORIALOGS_URL, VICTORIALOGS_DATADOG_URL } = needService('victorialogs', context);
  needService('toxiproxy', context);
  const { host } = new URL(VICTORIALOGS_URL);
  await using network = await proxy({ name: 'datadog', upstream: host });
  const endpoint = VICTORIALOGS_DATADOG_URL.replace(host, network.listen);
  await using rig = await DatadogRig.open(
    (own) => new DatadogDestination({ ...own, apiKey: UNKNOWN_KEY, endpoint, timeoutMs: 2_000 }),
  );
  const watch = watchRequests(rig.destination);
  const begunAt = performance.now();
  const faults = [...networkFaults({ network, watch }), restart('victorialogs', watch), freeze(victoriaLogsPid, watch)];
  const events = await sendThrough(faults, rig, COUNT);
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);

  const rows = await rig.stored();
  const { ids, repeats, unexplained } = countCopies(storedIds(rows), watch);
  console.log(`${ids.length} events and ${repeats} repeats read back, sent in ${seconds} s; requests:`, watch.counts);
  expect(ids).toEqual(idsOf(events));
  expect(rig.stats).toMatchObject({ delivered: COUNT, deadLettered: 0, overrun: 0, lag: 0 });

  // VictoriaLogs keeps every copy. Each but the first is explained by a request that was stored and whose answer was lost.
  expect(repeats).toBeGreaterThan(0);
  expect(unexplained).toEqual([]);
  // And each is the same to the letter.
  expect(new Set(rows.map(({ time, message }) => `${time} ${message}`)).size).toBe(COUNT);
  expectCleanLines(rig.lines, UNKNOWN_KEY);
});
