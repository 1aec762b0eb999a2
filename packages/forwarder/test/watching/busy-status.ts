import type { DestinationStatus, ForwarderStatus, SourceStatus } from '../../src/watching/status.js';

export function destinationStatus(changes: Partial<DestinationStatus> = {}): DestinationStatus {
  return {
    type: 'datadog',
    state: 'delivering',
    waiting: 0,
    oldest_waiting_seconds: 0,
    events_per_second: 0,
    delivered: 0,
    dead_lettered: 0,
    filtered: 0,
    overrun: 0,
    requests: 0,
    retries: 0,
    last_error: null,
    ...changes,
  };
}

export function sourceStatus(changes: Partial<SourceStatus> = {}): SourceStatus {
  return {
    state: 'heard',
    lost_since: null,
    received: 0,
    repeated: 0,
    not_events: 0,
    journal: {
      type: 'disk',
      events: 0,
      bytes: 0,
      waiting_bytes: 0,
      max_bytes: 1_000_000,
      head: 0,
      dead_letters: 0,
      writable: true,
      gaps: [],
      gap_count: 0,
      gap_seconds: 0,
    },
    destinations: {},
    ...changes,
  };
}

export function forwarderStatus(changes: Partial<ForwarderStatus> = {}): ForwarderStatus {
  return {
    version: '1.2.3',
    pid: 4711,
    started_at: '2026-03-01T12:00:00.000Z',
    state: 'running',
    settings: {
      file: '/etc/grantex-forwarder/grantex-forwarder.yaml',
      loaded_at: '2026-03-01T12:00:00.000Z',
      reloads: { applied: 0, rejected: 0 },
      problem: null,
    },
    sources: { production: sourceStatus() },
    ...changes,
  };
}

/** Everything at once: two sources, destinations in every state, errors, gaps, names that need escaping. */
export function busyStatus(): ForwarderStatus {
  const lastError = {
    code: 'DEST_UNAUTHORIZED',
    message: 'Datadog replied 403',
    status_code: 403,
    at: '2026-03-01T12:00:30.500Z',
  };
  return forwarderStatus({
    settings: {
      file: '/etc/grantex-forwarder/grantex-forwarder.yaml',
      loaded_at: '2026-03-01T12:00:00.000Z',
      reloads: { applied: 4, rejected: 2 },
      problem: 'destinations.datadog.apiKey is missing',
    },
    sources: {
      production: sourceStatus({
        received: 1_000,
        repeated: 7,
        not_events: 2,
        journal: {
          type: 'disk',
          events: 900,
          bytes: 123_456,
          waiting_bytes: 23_456,
          max_bytes: 1_073_741_824,
          head: 1_000,
          dead_letters: 3,
          writable: true,
          gaps: [],
          gap_count: 2,
          gap_seconds: 12.5,
        },
        destinations: {
          datadog: destinationStatus({
            state: 'holding',
            waiting: 40,
            oldest_waiting_seconds: 31.25,
            delivered: 950,
            dead_lettered: 3,
            filtered: 5,
            overrun: 2,
            requests: 20,
            retries: 4,
            last_error: lastError,
          }),
          'archive "a\\b"\nc': destinationStatus({ type: '@example/archive', state: 'retrying', delivered: 10 }),
          splunk: destinationStatus({ type: 'splunk', state: 'stopped' }),
          loki: destinationStatus({ type: 'loki', state: 'off' }),
        },
      }),
      staging: sourceStatus({
        state: 'connecting',
        lost_since: '2026-03-01T12:00:10.000Z',
        journal: { ...sourceStatus().journal, type: 'memory', writable: false },
        destinations: { datadog: destinationStatus({ delivered: 1 }) },
      }),
    },
  });
}
