// A program that writes events to its standard output, with what was built. What it has to say goes to its parent.
import { makeEvents } from '@grantex/testing';
import { FileDestination } from '../dist/index.js';

/** What the parent gives. */
export interface OutputSettings {
  readonly count: number;
  readonly batchSize: number;
}

/** What the parent is told. */
export type OutputReport =
  | { readonly kind: 'log'; readonly line: string }
  /** It is alive, and its event loop turns. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'flushed' };

const TICK_MS = 10;

function tell(report: OutputReport): void {
  process.send?.(report);
}

function log(message: string): void {
  tell({ kind: 'log', line: message });
}

// Ends with the process that started it, however that one ends.
process.on('disconnect', () => process.exit(0));

const { count, batchSize } = JSON.parse(process.argv[2] ?? '') as OutputSettings;
const destination = new FileDestination({
  path: '-',
  batchSize,
  flushIntervalMs: 10,
  timeoutMs: 200,
  retry: { initialMs: 5, maxMs: 20, holdMs: 20, maxHoldMs: 20 },
  logger: { debug: log, info: log, warn: log, error: log },
});
setInterval(() => tell({ kind: 'tick' }), TICK_MS);
await destination.send(makeEvents(count) as never);
await destination.flush();
tell({ kind: 'flushed' });
