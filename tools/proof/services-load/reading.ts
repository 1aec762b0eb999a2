import type { ForwarderStatus } from '../../../packages/forwarder/src/watching/status.ts';

/** The same figures, whoever told them. */
export interface Reading {
  /** Numbers that never fall, by their name. */
  readonly counters: ReadonlyMap<string, number>;
  /** By destination. */
  readonly waiting: ReadonlyMap<string, number>;
  /** By destination. */
  readonly states: ReadonlyMap<string, string>;
  readonly received: number;
}

/** Counters of a destination as `/status` names them, and as `/metrics` does. */
const DESTINATION_COUNTERS = {
  delivered: 'grantex_destination_events_delivered_total',
  dead_lettered: 'grantex_destination_events_dead_lettered_total',
  filtered: 'grantex_destination_events_filtered_total',
  overrun: 'grantex_destination_events_overrun_total',
  requests: 'grantex_destination_requests_total',
  retries: 'grantex_destination_retries_total',
} as const;

const SOURCE_COUNTERS = {
  received: 'grantex_source_events_received_total',
  repeated: 'grantex_source_events_repeated_total',
  not_events: 'grantex_source_frames_rejected_total',
} as const;

/** The name of the one source. */
export const SOURCE = 'main';

export function readingOfStatus({ sources }: ForwarderStatus): Reading {
  const source = sources[SOURCE];
  if (source === undefined) throw new Error(`the status has no source "${SOURCE}"`);
  const counters = new Map<string, number>();
  for (const name of keysOf(SOURCE_COUNTERS)) counters.set(name, source[name]);
  const destinations = Object.entries(source.destinations);
  for (const [destination, figures] of destinations) {
    for (const name of keysOf(DESTINATION_COUNTERS)) counters.set(`${destination} ${name}`, figures[name]);
  }
  return {
    counters,
    waiting: new Map(destinations.map(([name, { waiting }]) => [name, waiting])),
    states: new Map(destinations.map(([name, { state }]) => [name, state])),
    received: source.received,
  };
}

/** @param destinations those that are expected; what is not told of one is NaN */
export function readingOfMetrics(text: string, destinations: readonly string[]): Reading {
  const samples = parseMetrics(text);
  const valueOf = (metric: string, labels: Readonly<Record<string, string>> = {}): number =>
    samples.find(
      (sample) =>
        sample.name === metric && Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
    )?.value ?? NaN;

  const counters = new Map<string, number>();
  for (const name of keysOf(SOURCE_COUNTERS)) counters.set(name, valueOf(SOURCE_COUNTERS[name], { source: SOURCE }));
  for (const destination of destinations) {
    for (const name of keysOf(DESTINATION_COUNTERS)) {
      counters.set(`${destination} ${name}`, valueOf(DESTINATION_COUNTERS[name], { destination }));
    }
  }
  const waiting = (destination: string): number => valueOf('grantex_destination_waiting_events', { destination });
  return {
    counters,
    waiting: new Map(destinations.map((destination) => [destination, waiting(destination)])),
    states: new Map(destinations.map((destination) => [destination, stateIn(samples, destination)])),
    received: counters.get('received') ?? NaN,
  };
}

/** Of the process: bytes of memory, and seconds of processor time since its start. */
export function processFigures(text: string): { readonly rssBytes: number; readonly cpuSeconds: number } {
  const samples = parseMetrics(text);
  const valueOf = (metric: string): number => samples.find(({ name }) => name === metric)?.value ?? NaN;
  return {
    rssBytes: valueOf('grantex_process_resident_memory_bytes'),
    cpuSeconds: valueOf('grantex_process_cpu_seconds_total'),
  };
}

/**
 * What does not fit in a reading that was taken between two others. Counters lie between theirs; so many more or fewer wait
 * as came or went between the two; a state that did not change is the same.
 */
export function disagreements(before: Reading, between: Reading, after: Reading): readonly string[] {
  const faults: string[] = [];
  for (const [name, least] of before.counters) {
    const most = after.counters.get(name) ?? NaN;
    const value = between.counters.get(name) ?? NaN;
    if (!(value >= least && value <= most)) faults.push(`${name} is ${value}, and not from ${least} to ${most}`);
  }
  const came = after.received - before.received;
  for (const [name, waited] of before.waiting) {
    const settled = (counter: string): number =>
      (after.counters.get(`${name} ${counter}`) ?? NaN) - (before.counters.get(`${name} ${counter}`) ?? NaN);
    const went = settled('delivered') + settled('dead_lettered') + settled('filtered') + settled('overrun');
    const waiting = between.waiting.get(name) ?? NaN;
    if (!(waiting >= waited - went && waiting <= waited + came)) {
      faults.push(`${name}: ${waiting} wait, and not ${waited} less ${went} to ${waited} and ${came}`);
    }
    const [state, last] = [before.states.get(name), after.states.get(name)];
    const requests = `${name} requests`;
    const isQuiet = state === last && before.counters.get(requests) === after.counters.get(requests);
    if (isQuiet && between.states.get(name) !== state) {
      faults.push(`${name} is ${between.states.get(name) ?? 'nothing'}, and not ${state ?? 'nothing'}`);
    }
  }
  return faults;
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function parseMetrics(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line): Sample[] => {
    const [, name, labels = '', value] = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, label = '', of = '']) => [label, of]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}

/** The one state whose value is 1. */
function stateIn(samples: readonly Sample[], destination: string): string {
  const states = samples.filter(
    ({ name, labels, value }) =>
      name === 'grantex_destination_state' && labels['destination'] === destination && value === 1,
  );
  return states.map(({ labels }) => labels['state']).join(' and ');
}

function keysOf<Name extends string>(names: Readonly<Record<Name, string>>): readonly Name[] {
  return Object.keys(names) as Name[];
}
