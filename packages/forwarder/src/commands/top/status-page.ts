import type { DestinationStatus, ForwarderStatus, SourceStatus } from '../../watching/status.js';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumberOf,
  formatRate,
  table,
  type Cell,
  type Output,
  type Style,
} from '../terminal.js';
import type { ReceivedRates } from './received-rates.js';

export interface StatusPageOptions {
  readonly stream: Output;
  /** Unix milliseconds. */
  readonly now: number;
  readonly rates: ReceivedRates;
}

const HEAD = ['', 'state', 'events/s', 'waiting', 'oldest', 'delivered', 'dead', 'last error'];

/** A status as lines of text, each cut at the terminal's edge. */
export function statusPage(status: ForwarderStatus, options: StatusPageOptions): readonly string[] {
  const { stream } = options;
  const line = (...cells: readonly Cell[]): string => table([cells], { stream });
  const sources = Object.entries(status.sources);
  return [
    line(...headCells(status, options)),
    ...settingsLines(status, options).map((cells) => line(...cells)),
    ...sources.flatMap(([name, source]) => [
      '',
      ...sourceLines(name, source, options).map((cells) => line(...cells)),
      ...destinationLines(source, options),
    ]),
  ];
}

function headCells(status: ForwarderStatus, { now }: StatusPageOptions): readonly Cell[] {
  const style: Style = status.state === 'running' ? 'green' : 'yellow';
  const uptime = formatDuration(now - Date.parse(status.started_at));
  return [
    { text: `grantex-forwarder ${status.version}`, style: 'bold' },
    { text: status.state, style },
    `up ${uptime}`,
    { text: `pid ${status.pid}`, style: 'dim' },
  ];
}

function settingsLines({ settings }: ForwarderStatus, { now }: StatusPageOptions): readonly (readonly Cell[])[] {
  const file: readonly Cell[] = [
    { text: `settings ${settings.file}, read ${formatAgo(settings.loaded_at, now)}`, style: 'dim' },
  ];
  if (settings.problem === null) return [file];
  return [file, [{ text: `the newest settings were not taken: ${settings.problem}`, style: 'red' }]];
}

function sourceLines(name: string, source: SourceStatus, options: StatusPageOptions): readonly (readonly Cell[])[] {
  const { state, received, journal, lost_since: lostSince } = source;
  const { now, rates } = options;
  const rate = rates.get(name);
  const lost = lostSince === null ? '' : ` since ${formatDuration(now - Date.parse(lostSince))}`;
  const fill = journal.max_bytes === 0 ? 0 : (100 * journal.waiting_bytes) / journal.max_bytes;
  const gaps = `${formatNumberOf(journal.gap_count, 'gap')}, ${formatDuration(journal.gap_seconds * 1_000)}`;
  const first: readonly Cell[] = [
    { text: name, style: 'bold' },
    state === 'heard' ? { text: state, style: 'green' } : { text: `${state}${lost}`, style: 'yellow' },
    `received ${formatCount(received)}${rate === undefined ? '' : ` (${formatRate(rate)})`}`,
    journal.gap_count === 0 ? { text: 'no gaps', style: 'dim' } : { text: gaps, style: 'yellow' },
    {
      text: `journal ${formatBytes(journal.bytes)}, ${fill.toFixed(1)} % of its limit waits`,
      style: fill >= 80 ? 'red' : 'dim',
    },
    ...(journal.dead_letters === 0
      ? []
      : [{ text: formatNumberOf(journal.dead_letters, 'dead letter'), style: 'red' as const }]),
  ];
  if (journal.writable) return [first];
  return [first, [{ text: 'the journal cannot be written: look at the disk. Events wait in memory', style: 'red' }]];
}

function destinationLines({ destinations }: SourceStatus, { stream, now }: StatusPageOptions): readonly string[] {
  const entries = Object.entries(destinations);
  if (entries.length === 0) return ['  no destinations'];
  const rows = entries.map(([name, destination]) => destinationRow(name, destination, now));
  return table(rows, { stream, head: HEAD }).split('\n');
}

const STATES: Readonly<Record<DestinationStatus['state'], Style>> = {
  delivering: 'green',
  retrying: 'yellow',
  holding: 'red',
  stopped: 'red',
  off: 'dim',
};

function destinationRow(name: string, destination: DestinationStatus, now: number): readonly Cell[] {
  const { state, waiting, delivered, dead_lettered: dead, last_error: error } = destination;
  const seconds = destination.oldest_waiting_seconds;
  const oldest = waiting === 0 ? '' : seconds < 1 ? '<1 s' : formatDuration(seconds * 1_000);
  return [
    `  ${name}`,
    { text: state, style: STATES[state] },
    { text: formatRate(destination.events_per_second).replace('/s', ''), align: 'right' },
    waiting,
    { text: oldest, align: 'right' },
    delivered,
    dead === 0 ? 0 : { text: formatCount(dead), style: 'red', align: 'right' },
    error === null ? '' : `${error.code} ${formatAgo(error.at, now)}: ${error.message}`,
  ];
}
