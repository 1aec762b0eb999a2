import { runDeadDay } from './day-run.ts';
import { faultsOf } from './faults.ts';
const o = {
  group: 60,
  everyMs: 60_000,
  maxBytes: 1e9,
  maxEventsPerSecond: 500,
  batchSize: 250,
  mostBackoffMs: 300_000,
};
const t = performance.now();
const r = await runDeadDay(o);
console.log(
  faultsOf(r, o),
  r.datadog.attempts,
  r.datadog.late,
  r.computedBytes,
  r.full.journalBytes,
  r.catchUpSeconds,
  (performance.now() - t) / 1000,
);
