import { randomUUID } from 'node:crypto';
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
import { storedLogs } from '../../../tools/services/victorialogs.js';
import { LokiDestination } from '../src/index.js';
import { storedEntries } from './loki-query.js';

const COUNT = 20_000;

test.for(['loki', 'victorialogs'] as const)(
  '20,000 events through cuts, latency and truncation, the server stopped in the middle: nothing is missing (%s)',
  async (name, context) => {
    const url =
      name === 'loki' ? needService(name, context).LOKI_URL : needService(name, context).VICTORIALOGS_LOKI_URL;
    needService('toxiproxy', context);
    const { host } = new URL(url);
    await using network = await proxy({ name: 'loki', upstream: host });
    const service = `test-${randomUUID()}`;
    const destination = new LokiDestination({
      ...QUICK,
      url: url.replace(host, network.listen),
      labels: { service },
      // So that a fault meets more than one of them.
      batchSize: 100,
      timeoutMs: 2_000,
    });
    const watch = watchRequests(destination);
    await using rig = await ServiceRig.start({ destination });
    const pid = () => {
      const address: Readonly<Record<string, string>> = serviceAddress(name) ?? {};
      return Number(address[`${name.toUpperCase()}_PID`]);
    };
    const begunAt = performance.now();
    const [cuts, ...others] = networkFaults({ network, watch });
    const faults = [cuts, restart(name, watch), ...others, freeze(pid, watch)].filter((fault) => fault !== undefined);
    const events = await sendThrough(faults, rig, COUNT);
    expect(await rig.source.stop()).toEqual({ remaining: [] });
    const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);

    const stored =
      name === 'loki'
        ? (await storedEntries(`{service="${service}"}`)).map(({ fields }) => fields['event_id'] ?? '')
        : (await storedLogs(service)).map(({ fields }) => fields['event_id'] ?? '');
    const { ids, repeats, unexplained } = countCopies(stored, watch);
    console.log(
      `${name}: ${ids.length} events and ${repeats} repeats read back, sent in ${seconds} s; requests:`,
      watch.counts,
    );
    expect(ids).toEqual(idsOf(events));
    expect(rig.stats).toMatchObject({ delivered: COUNT, deadLettered: 0, overrun: 0, lag: 0 });
    // Loki keeps one copy of what it has at hand, so that repeats are seldom there. The other server keeps every one.
    expect(repeats > 0 || name === 'loki').toBe(true);
    expect(unexplained).toEqual([]);
    expect(rig.lines.filter((line) => /[<>\n]/.test(line))).toEqual([]);
  },
);
