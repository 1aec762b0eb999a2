import { DatadogDestination } from '@grantex/destination-datadog';
import { datadogReceiver, destinationContract, httpSubject } from '@grantex/testing';
import { expect, test } from 'vitest';
import { RecordingTest } from './planted/recording-test.js';

const KEY = '0123456789abcdef0123456789abcdef';

/** Many turns of the event loop, as on a machine that is busy with something else. */
const SLOW_MS = 150;

test('a service that takes its time is none that fails: time does not move to the time-out of what is under way', async () => {
  const recording = new RecordingTest();
  destinationContract(
    recording.test,
    async ({ clock }) => {
      const receiver = await datadogReceiver({ apiKey: KEY, now: () => clock.now() });
      return httpSubject({
        receiver,
        secrets: [KEY],
        idsOf: ({ body }) =>
          (JSON.parse(body.toString()) as Record<string, string>[]).map((entry) => entry['grantex.event_id'] ?? ''),
        healthy: () => ({ status: 202, body: '{}', delayMs: SLOW_MS }),
        destination: (options) => new DatadogDestination({ apiKey: KEY, endpoint: receiver.url, ...options }),
      });
    },
    { without: ['partial'] },
  );
  const failed = await recording.run((name) => name.includes('no repeats without a reason'));
  expect([...failed]).toEqual([]);
});
