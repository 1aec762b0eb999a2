import { METRICS } from '../../packages/forwarder/src/watching/metric-catalogue.ts';
import type { DestinationStatus, SourceStatus } from '../../packages/forwarder/src/watching/status.ts';

const at = '2026-01-01T00:00:00.000Z';

const destination: DestinationStatus = {
  type: 'http',
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
  last_error: { code: 'DEST_UNAVAILABLE', message: 'it answered 503', status_code: 503, at },
};

const source: SourceStatus = {
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
    max_bytes: 1,
    head: 0,
    dead_letters: 0,
    writable: true,
    gaps: [],
    gap_count: 0,
    gap_seconds: 0,
  },
  destinations: { http: destination },
};

/** A forwarder with one of everything: what its metrics are called, and which labels they have, can be read from it. */
const snapshot: Parameters<(typeof METRICS)[number]['points']>[0] = {
  status: {
    version: '0.0.0',
    pid: 1,
    started_at: at,
    state: 'running',
    settings: { file: '/', loaded_at: at, reloads: { applied: 0, rejected: 0 }, problem: null },
    sources: { production: source },
  },
  process: { residentBytes: 0, cpuSeconds: 0, startTimeSeconds: 0, eventLoopDelayP99Seconds: 0 },
  at: Date.parse(at),
};

/** The labels of each metric that the forwarder serves. Rules and dashboard may use these and no others. */
const LABELS = new Map(
  METRICS.map(({ name, points }) => [name, points(snapshot).flatMap(({ labels }) => Object.keys(labels))]),
);

/** What Prometheus adds to every series. */
const ADDED_LABELS = ['instance', 'job'];

/** What is wrong with the names in a PromQL expression, one line each: metrics that do not exist, labels that they lack. */
export function unknownNames(expression: string): string[] {
  const problems: string[] = [];
  const known = new Set(ADDED_LABELS);
  for (const [, name = '', selector = ''] of expression.matchAll(/\b(grantex_\w+)(?:\{([^}]*)\})?/g)) {
    const labels = LABELS.get(name);
    if (labels === undefined) {
      problems.push(`there is no metric ${name}`);
      continue;
    }
    for (const label of labels) known.add(label);
    for (const [, label = ''] of selector.matchAll(/(\w+)\s*[=!]~?/g)) {
      if (![...labels, ...ADDED_LABELS].includes(label)) problems.push(`${name} has no label ${label}`);
    }
  }
  for (const [, grouping = ''] of expression.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)) {
    for (const label of grouping.split(',').map((part) => part.trim())) {
      if (!known.has(label)) problems.push(`no metric of ${expression} has a label ${label}`);
    }
  }
  return problems;
}
