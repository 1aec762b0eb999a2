/** A destination that is dead for a simulated day at 100 events a second, at full size. */
import { parseArgs } from 'node:util';
import { tellVerdict } from '../crash/verdict.ts';
import { megabytes, runDeadDay, type DayOptions } from './day-run.ts';
import { faultsOf } from './faults.ts';

const HELP = `A day without Datadog in virtual time, at 100 events a second: 8.64 million events, about ten minutes, 4 GB of disk.

  node tools/proof/dead-day/main.ts

  --max-bytes 8000000000   of the journal; with less the oldest events are passed over, and counted
  --help                   print this

Needs \`pnpm build\` before. A line for each virtual hour. Exit status: 0 all promises are kept, 1 one is broken.
`;

const { values } = parseArgs({
  options: { 'max-bytes': { type: 'string', default: '8000000000' }, help: { type: 'boolean', default: false } },
});
if (values.help) console.log(HELP);
else process.exitCode = await main(Number(values['max-bytes']));

async function main(maxBytes: number): Promise<number> {
  const options: DayOptions = {
    group: 100,
    everyMs: 1_000,
    maxBytes,
    // Ten times what comes: a day is caught up with in less than three hours.
    maxEventsPerSecond: 1_000,
    batchSize: 250,
    mostBackoffMs: 30_000,
    onProgress: (line) => console.log(line),
  };
  const result = await runDeadDay(options);
  const { published, overrun, computedBytes, full, datadog, catchUpSeconds, healthyMostLag, intake, healthy } = result;
  const report = [
    `published ${published}, of these passed over ${overrun}; Datadog has ${intake.indexed}, the healthy one ${healthy.taken}`,
    `journal at the end of the outage ${megabytes(full.journalBytes)}, computed without a limit ${megabytes(computedBytes)}`,
    `catching up took ${catchUpSeconds} s, with ${datadog.mostInSecond} events in a second at most; ${datadog.attempts} attempts in all`,
    `dated anew because they were older than 18 h: ${datadog.late}; dropped by Datadog: ${intake.droppedSilently}`,
    `the healthy one was ${healthyMostLag} events behind at most`,
  ];
  return tellVerdict({ report, faults: faultsOf(result, options) });
}
