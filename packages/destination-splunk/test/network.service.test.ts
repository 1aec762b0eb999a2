import { DestinationError, type Attempt, type Batch, type Verdict } from '@grantex/core';
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
import { until } from '../../../tools/services/trial/until.js';
import { SplunkDestination } from '../src/index.js';
import { Received } from './received.js';

const COUNT = 20_000;

/** Another one after each start. */
const collectorPid = () => Number(serviceAddress('splunk-hec')?.SPLUNK_HEC_PID);

/** For the watch a request that is not confirmed is one without an answer. The delivery does the same with both. */
class StrictDestination extends SplunkDestination {
  protected override async sendBatch(batch: Batch<string>, attempt: Attempt): Promise<Verdict> {
    const verdict = await super.sendBatch(batch, attempt);
    if (verdict.outcome === 'refused') throw new DestinationError(verdict.code, verdict.message);
    return verdict;
  }
}

test.for([{ acknowledgement: false }, { acknowledgement: true, acknowledgementTimeoutMs: 1_000, concurrency: 4 }])(
  '20,000 events through cuts, latency and truncation, the server stopped in the middle: nothing is missing (%j)',
  async (own, context) => {
    const { SPLUNK_HEC_URL, SPLUNK_HEC_TOKEN: hecToken, SPLUNK_HEC_RECEIVED } = needService('splunk-hec', context);
    needService('toxiproxy', context);
    await using network = await proxy({ name: 'splunk', upstream: new URL(SPLUNK_HEC_URL).host });
    const received = new Received(SPLUNK_HEC_RECEIVED);
    const hecUrl = `http://${network.listen}`;
    const options = { hecUrl, hecToken, source: received.source, timeoutMs: 2_000, ...own };
    const destination = new StrictDestination({ ...QUICK, ...options });
    await using rig = await ServiceRig.start({ destination });
    const watch = watchRequests(destination);
    const begunAt = performance.now();
    const faults = [...networkFaults({ network, watch }), restart('splunk-hec', watch), freeze(collectorPid, watch)];
    const events = await sendThrough(faults, rig, COUNT);
    expect(await rig.source.stop()).toEqual({ remaining: [] });
    const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);

    await until(async () => new Set((await received.events()).map(({ id }) => id)).size >= COUNT);
    const rows = await received.events();
    const { ids, repeats, unexplained } = countCopies(
      rows.map(({ id }) => id),
      watch,
    );
    console.log(`${ids.length} events and ${repeats} repeats read back, sent in ${seconds} s; requests:`, watch.counts);
    expect(ids).toEqual(idsOf(events));
    expect(rig.stats).toMatchObject({ delivered: COUNT, deadLettered: 0, overrun: 0, lag: 0 });

    // HEC keeps every copy. Each but the first is explained by a request that was stored and whose answer was lost.
    expect(repeats).toBeGreaterThan(0);
    expect(unexplained).toEqual([]);
    // And each is the same to the letter.
    expect(new Set(rows.map(({ time, event }) => `${time} ${JSON.stringify(event)}`)).size).toBe(COUNT);
    expect(rig.lines.join('\n')).not.toContain(hecToken);
  },
);
