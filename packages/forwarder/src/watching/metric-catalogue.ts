import type { ProcessFigures } from './process-figures.js';
import type { DestinationStatus, ForwarderStatus, SourceStatus } from './status.js';

/** All that a collection of the metrics is made of. */
export interface Snapshot {
  readonly status: ForwarderStatus;
  readonly process: ProcessFigures;
  /** Unix epoch, milliseconds. */
  readonly at: number;
}

export interface MetricPoint {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric. Names and labels are promised: dashboards and alerts are written by them. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly points: (snapshot: Snapshot) => readonly MetricPoint[];
}

const DESTINATION_STATES: readonly DestinationStatus['state'][] = [
  'delivering',
  'retrying',
  'holding',
  'stopped',
  'off',
];

function program(kind: Metric['kind'], name: string, help: string, value: (snapshot: Snapshot) => number): Metric {
  return { name, help, kind, points: (snapshot) => [{ labels: {}, value: value(snapshot) }] };
}

function perSource(
  kind: Metric['kind'],
  name: string,
  help: string,
  value: (source: SourceStatus, at: number) => number,
): Metric {
  const points = ({ status, at }: Snapshot): MetricPoint[] =>
    Object.entries(status.sources).map(([source, figures]) => ({ labels: { source }, value: value(figures, at) }));
  return { name: `grantex_${name}`, help, kind, points };
}

/** Several points for a destination differ by further labels; none are left out. */
function perDestination(
  kind: Metric['kind'],
  name: string,
  help: string,
  points: (destination: DestinationStatus) => readonly MetricPoint[],
): Metric {
  return {
    name: `grantex_destination_${name}`,
    help,
    kind,
    points: ({ status }) =>
      Object.entries(status.sources).flatMap(([source, { destinations }]) =>
        Object.entries(destinations).flatMap(([destination, figures]) =>
          points(figures).map(({ labels, value }) => ({
            labels: { source, destination, type: figures.type, ...labels },
            value,
          })),
        ),
      ),
  };
}

function one(value: number): readonly MetricPoint[] {
  return [{ labels: {}, value }];
}

function isHeard({ state, lost_since }: SourceStatus): boolean {
  return state === 'heard' || (state === 'waiting' && lost_since === null);
}

function lostSeconds({ lost_since }: SourceStatus, at: number): number {
  return lost_since === null ? 0 : Math.max((at - Date.parse(lost_since)) / 1_000, 0);
}

/** Every metric, in the order of `/metrics`. */
export const METRICS: readonly Metric[] = [
  {
    name: 'grantex_build_info',
    help: 'The version that runs. Always 1.',
    kind: 'gauge',
    points: ({ status }) => [{ labels: { version: status.version }, value: 1 }],
  },
  perSource('gauge', 'source_heard', '1 while the event stream is heard, 0 otherwise.', (source) =>
    Number(isHeard(source)),
  ),
  perSource(
    'gauge',
    'source_lost_seconds',
    'Seconds for which the event stream has not been heard. 0 while it is.',
    lostSeconds,
  ),
  perSource(
    'counter',
    'source_events_received_total',
    'Events that were put into the journal.',
    (source) => source.received,
  ),
  perSource(
    'counter',
    'source_events_repeated_total',
    'Events that came again and were dropped.',
    (source) => source.repeated,
  ),
  perSource(
    'counter',
    'source_frames_rejected_total',
    'Frames of the stream that are no events.',
    (source) => source.not_events,
  ),
  perSource(
    'counter',
    'source_gaps_total',
    'Times in which the event stream was not heard.',
    (source) => source.journal.gap_count,
  ),
  perSource(
    'counter',
    'source_gap_seconds_total',
    'Seconds in which the event stream was not heard, of the gaps that ended.',
    (source) => source.journal.gap_seconds,
  ),
  perSource(
    'gauge',
    'journal_events',
    'Events in the journal, settled ones that are kept for a while included.',
    (source) => source.journal.events,
  ),
  perSource('gauge', 'journal_used_bytes', 'Bytes that the journal takes.', (source) => source.journal.bytes),
  perSource(
    'gauge',
    'journal_waiting_bytes',
    'Bytes of the journal that are of events which some destination has not settled.',
    (source) => source.journal.waiting_bytes,
  ),
  perSource('gauge', 'journal_limit_bytes', 'Bytes that the journal may take.', (source) => source.journal.max_bytes),
  perSource(
    'gauge',
    'journal_writable',
    '1 while the journal takes events, 0 while it refuses them because the disk is full.',
    (source) => Number(source.journal.writable),
  ),
  perSource(
    'gauge',
    'dead_letters',
    'Events that were given up, and are kept with their reason.',
    (source) => source.journal.dead_letters,
  ),
  perDestination('counter', 'events_delivered_total', 'Events that the service accepted.', (destination) =>
    one(destination.delivered),
  ),
  perDestination('counter', 'events_dead_lettered_total', 'Events that the service refused for good.', (destination) =>
    one(destination.dead_lettered),
  ),
  perDestination('counter', 'events_filtered_total', 'Events that the filter kept out.', (destination) =>
    one(destination.filtered),
  ),
  perDestination(
    'counter',
    'events_overrun_total',
    'Events that were passed over because the journal was full.',
    (destination) => one(destination.overrun),
  ),
  perDestination('counter', 'requests_total', 'Requests to the service.', (destination) => one(destination.requests)),
  perDestination('counter', 'retries_total', 'Requests that repeated an earlier one.', (destination) =>
    one(destination.retries),
  ),
  perDestination('gauge', 'waiting_events', 'Events that were received and are not settled.', (destination) =>
    one(destination.waiting),
  ),
  perDestination(
    'gauge',
    'oldest_waiting_seconds',
    'Seconds for which the oldest waiting event has waited. 0 when none waits.',
    (destination) => one(destination.oldest_waiting_seconds),
  ),
  perDestination('gauge', 'state', '1 for the state that the destination is in, 0 for the others.', ({ state }) =>
    DESTINATION_STATES.map((each) => ({ labels: { state: each }, value: Number(each === state) })),
  ),
  perDestination(
    'gauge',
    'last_error_timestamp_seconds',
    'When something went wrong last, in seconds since 1970. Missing when nothing did.',
    ({ last_error }) => (last_error === null ? [] : one(Date.parse(last_error.at) / 1_000)),
  ),
  {
    name: 'grantex_settings_reloads_total',
    help: 'Reloads of the file of settings.',
    kind: 'counter',
    points: ({ status: { settings } }) =>
      (['applied', 'rejected'] as const).map((result) => ({ labels: { result }, value: settings.reloads[result] })),
  },
  program(
    'gauge',
    'grantex_settings_current',
    '1 while the newest file of settings is in force, 0 when it was rejected.',
    ({ status }) => Number(status.settings.problem === null),
  ),
  program(
    'gauge',
    'grantex_process_resident_memory_bytes',
    'Bytes of memory that the process takes.',
    ({ process }) => process.residentBytes,
  ),
  program(
    'counter',
    'grantex_process_cpu_seconds_total',
    'Seconds of processor time, of the user and of the system.',
    ({ process }) => process.cpuSeconds,
  ),
  program(
    'gauge',
    'grantex_process_start_time_seconds',
    'When the process was started, in seconds since 1970.',
    ({ process }) => process.startTimeSeconds,
  ),
  program(
    'gauge',
    'grantex_process_event_loop_delay_p99_seconds',
    'Seconds by which the event loop was late in 99 of 100 cases at most, in the last one to two minutes.',
    ({ process }) => process.eventLoopDelayP99Seconds,
  ),
];
