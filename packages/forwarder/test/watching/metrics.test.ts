import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@grantex/core';
import { HttpReceiver } from '@grantex/testing';
import { expect, onTestFinished, test } from 'vitest';
import { METRICS } from '../../src/watching/metric-catalogue.js';
import { ForwarderMetrics, type ForwarderMetricsOptions } from '../../src/watching/metrics.js';
import type { ForwarderStatus } from '../../src/watching/status.js';
import { busyStatus, destinationStatus, forwarderStatus, sourceStatus } from './busy-status.js';
import { recordingLogger } from './recording-logger.js';

async function started(options: Partial<ForwarderMetricsOptions> = {}): Promise<ForwarderMetrics> {
  const metrics = await ForwarderMetrics.start({
    status: busyStatus,
    settings: { otlp: undefined },
    logger: silentLogger,
    clock: { now: () => Date.parse('2026-03-01T12:01:00.000Z') },
    ...options,
  });
  onTestFinished(() => metrics.close());
  return metrics;
}

/** Lines without comments. */
function samples(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const DATADOG = '{source="production",destination="datadog",type="datadog"}';

/** As promised to dashboards and alerts. */
const PROMISED = `
grantex_build_info gauge version
grantex_source_heard gauge source
grantex_source_lost_seconds gauge source
grantex_source_events_received_total counter source
grantex_source_events_repeated_total counter source
grantex_source_frames_rejected_total counter source
grantex_source_gaps_total counter source
grantex_source_gap_seconds_total counter source
grantex_journal_events gauge source
grantex_journal_used_bytes gauge source
grantex_journal_waiting_bytes gauge source
grantex_journal_limit_bytes gauge source
grantex_journal_writable gauge source
grantex_dead_letters gauge source
grantex_destination_events_delivered_total counter source,destination,type
grantex_destination_events_dead_lettered_total counter source,destination,type
grantex_destination_events_filtered_total counter source,destination,type
grantex_destination_events_overrun_total counter source,destination,type
grantex_destination_requests_total counter source,destination,type
grantex_destination_retries_total counter source,destination,type
grantex_destination_waiting_events gauge source,destination,type
grantex_destination_oldest_waiting_seconds gauge source,destination,type
grantex_destination_state gauge source,destination,type,state
grantex_destination_last_error_timestamp_seconds gauge source,destination,type
grantex_settings_reloads_total counter result
grantex_settings_current gauge
grantex_process_resident_memory_bytes gauge
grantex_process_cpu_seconds_total counter
grantex_process_start_time_seconds gauge
grantex_process_event_loop_delay_p99_seconds gauge`
  .trim()
  .split('\n');

test('the text has the promised names, kinds and labels, and no others', async () => {
  const text = await (await started()).text();
  const kinds = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => ({ name, kind }));
  const shapes = kinds.map(({ name, kind }) => {
    const line = samples(text).find((each) => each.split(/[{ ]/, 1)[0] === name) ?? '';
    const labels = [...line.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label);
    return [name, kind, ...(labels.length > 0 ? [labels.join(',')] : [])].join(' ');
  });
  expect(shapes).toEqual(PROMISED);
  const names = new Set(samples(text).map((line) => line.split(/[{ ]/, 1)[0]));
  expect([...names]).toEqual(PROMISED.map((line) => line.split(' ', 1)[0]));
});

test('the values are those of the status', async () => {
  const lines = samples(await (await started()).text());
  for (const line of [
    'grantex_build_info{version="1.2.3"} 1',
    'grantex_source_heard{source="production"} 1',
    'grantex_source_heard{source="staging"} 0',
    'grantex_source_lost_seconds{source="production"} 0',
    'grantex_source_lost_seconds{source="staging"} 50',
    'grantex_source_events_received_total{source="production"} 1000',
    'grantex_source_events_repeated_total{source="production"} 7',
    'grantex_source_frames_rejected_total{source="production"} 2',
    'grantex_source_gaps_total{source="production"} 2',
    'grantex_source_gap_seconds_total{source="production"} 12.5',
    'grantex_journal_events{source="production"} 900',
    'grantex_journal_used_bytes{source="production"} 123456',
    'grantex_journal_waiting_bytes{source="production"} 23456',
    'grantex_journal_limit_bytes{source="production"} 1073741824',
    'grantex_journal_writable{source="production"} 1',
    'grantex_journal_writable{source="staging"} 0',
    'grantex_dead_letters{source="production"} 3',
    `grantex_destination_events_delivered_total${DATADOG} 950`,
    `grantex_destination_events_dead_lettered_total${DATADOG} 3`,
    `grantex_destination_events_filtered_total${DATADOG} 5`,
    `grantex_destination_events_overrun_total${DATADOG} 2`,
    `grantex_destination_requests_total${DATADOG} 20`,
    `grantex_destination_retries_total${DATADOG} 4`,
    `grantex_destination_waiting_events${DATADOG} 40`,
    `grantex_destination_oldest_waiting_seconds${DATADOG} 31.25`,
    // 2026-03-01T12:00:30.5Z
    `grantex_destination_last_error_timestamp_seconds${DATADOG} 1772366430.5`,
    'grantex_destination_events_delivered_total{source="production",destination="archive \\"a\\\\b\\"\\nc",type="@example/archive"} 10',
    'grantex_settings_reloads_total{result="applied"} 4',
    'grantex_settings_reloads_total{result="rejected"} 2',
    'grantex_settings_current 0',
  ]) {
    expect(lines).toContain(line);
  }
});

test('a destination is in one of five states', async () => {
  const lines = samples(await (await started()).text()).filter((line) =>
    line.startsWith(`grantex_destination_state${DATADOG.slice(0, -1)}`),
  );
  const states = lines.map((line) =>
    line
      .match(/state="(\w+)"\} (\d)/)
      ?.slice(1)
      .join(' '),
  );
  expect(states).toEqual(['delivering 0', 'retrying 0', 'holding 1', 'stopped 0', 'off 0']);
});

test('a stream that is heard while another process has the journal counts as heard', async () => {
  const production = sourceStatus({ state: 'waiting', lost_since: null });
  const metrics = await started({ status: () => forwarderStatus({ sources: { production } }) });
  expect(samples(await metrics.text())).toContain('grantex_source_heard{source="production"} 1');
});

test('the figures of the process are those of this process', async () => {
  const lines = samples(await (await started()).text());
  const value = (name: string): number => Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
  expect(value('grantex_process_resident_memory_bytes') / process.memoryUsage.rss()).toBeCloseTo(1, 0);
  const { user, system } = process.cpuUsage();
  expect(value('grantex_process_cpu_seconds_total')).toBeLessThanOrEqual((user + system) / 1e6);
  expect(value('grantex_process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(Math.abs(value('grantex_process_start_time_seconds') - performance.timeOrigin / 1_000)).toBeLessThan(1);
  expect(value('grantex_process_event_loop_delay_p99_seconds')).toBeGreaterThanOrEqual(0);
});

/** Where `tools/deploy/install` puts it, or that of the system. */
const PROMTOOL = [
  fileURLToPath(new URL('../../../../tools/deploy/.data/bin/promtool', import.meta.url)),
  'promtool',
].find((path) => spawnSync(path, ['--version']).status === 0);

// In CI it is part of the machine; elsewhere it may be missing.
test.skipIf(PROMTOOL === undefined && process.env['CI'] !== 'true')('promtool finds nothing to say', async () => {
  const input = await (await started()).text();
  const { status, stdout, stderr } = spawnSync(PROMTOOL ?? 'promtool', ['check', 'metrics'], {
    input,
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

function delivering(...counts: readonly [name: string, delivered: number][]): ForwarderStatus {
  const destinations = counts.map(([name, delivered]) => [name, destinationStatus({ delivered, waiting: 9 })] as const);
  return forwarderStatus({ sources: { production: sourceStatus({ destinations: Object.fromEntries(destinations) }) } });
}

test('a destination that is gone leaves nothing behind', async () => {
  let status = delivering(['datadog', 5], ['splunk', 5]);
  const metrics = await started({ status: () => status });
  expect(await metrics.text()).toContain('destination="splunk"');
  status = delivering(['datadog', 6]);
  expect(await metrics.text()).not.toContain('destination="splunk"');
});

test('a counter never goes back, also when a reload begins to count anew', async () => {
  let status = delivering(['datadog', 100]);
  const metrics = await started({ status: () => status });
  const seen: string[] = [];
  for (const delivered of [100, 100, 3, 7, 2]) {
    status = delivering(['datadog', delivered]);
    const line = samples(await metrics.text()).find((each) =>
      each.startsWith('grantex_destination_events_delivered_total'),
    );
    seen.push(line?.split(' ').at(-1) ?? 'none');
  }
  // 100, then 3 and 7 more of the second one, then 2 of the third one.
  expect(seen).toEqual(['100', '100', '103', '107', '109']);
});

test('the status is read once for each collection', async () => {
  let reads = 0;
  const metrics = await started({
    status: () => {
      reads++;
      return busyStatus();
    },
  });
  const before = reads;
  await metrics.text();
  expect(reads).toBe(before + 1);
});

test('OTLP: the same names, as protobuf, with the headers of the settings', async () => {
  const receiver = await HttpReceiver.start();
  onTestFinished(() => receiver.close());
  const otlp = { url: `${receiver.url}/v1/metrics`, headers: { 'x-team': 'audit' }, intervalMs: 50 };
  await started({ settings: { otlp } });
  await receiver.waitFor(({ requests }) => requests.length > 0);
  const [request] = receiver.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/v1/metrics' });
  expect(request?.headers).toMatchObject({ 'content-type': 'application/x-protobuf', 'x-team': 'audit' });
  const body = request?.body.toString('latin1') ?? '';
  for (const { name } of METRICS) expect(body).toContain(name);
  for (const text of ['service.name', 'grantex-forwarder', 'service.version', '1.2.3', 'service.instance.id']) {
    expect(body).toContain(text);
  }
});

test('OTLP: a failure is told once, and the recovery', async () => {
  const receiver = await HttpReceiver.start({ answer: () => ({ status: 400 }) });
  onTestFinished(() => receiver.close());
  const log = recordingLogger();
  await started({ settings: { otlp: { url: receiver.url, headers: {}, intervalMs: 20 } }, logger: log });
  await receiver.waitFor(({ requests }) => requests.length >= 4);
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]).toMatch(/^warn metrics are not taken: /);
  receiver.answer(() => ({ status: 200 }));
  await receiver.waitFor(({ accepted }) => accepted.length >= 3);
  expect(log.lines.slice(1)).toEqual(['info metrics are taken again']);
});

test('OTLP: close() sends the last figures', async () => {
  const receiver = await HttpReceiver.start();
  onTestFinished(() => receiver.close());
  const otlp = { url: receiver.url, headers: {}, intervalMs: 3_600_000 };
  const metrics = await ForwarderMetrics.start({ status: busyStatus, settings: { otlp }, logger: silentLogger });
  expect(receiver.requests).toHaveLength(0);
  await metrics.close();
  expect(receiver.requests).toHaveLength(1);
});

test('OTLP: close() gives up within five seconds when nobody answers', async () => {
  const receiver = await HttpReceiver.start({ answer: () => ({ hang: true }) });
  onTestFinished(() => receiver.close());
  const log = recordingLogger();
  const otlp = { url: receiver.url, headers: {}, intervalMs: 3_600_000 };
  const metrics = await ForwarderMetrics.start({ status: busyStatus, settings: { otlp }, logger: log });
  const before = performance.now();
  await metrics.close();
  expect(performance.now() - before).toBeLessThan(5_500);
  expect(receiver.requests).toHaveLength(1);
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]).toMatch(/^warn metrics are not taken: /);
});
