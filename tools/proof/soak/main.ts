/** `pnpm soak`: all troubles at once for some minutes, with an account of every event. */
import { parseArgs } from 'node:util';
import { tellVerdict } from '../crash/verdict.ts';
import { runSoak } from './soak-run.ts';

const HELP = `Runs the forwarder through all troubles at once, and asks where each event is.

  pnpm soak [--minutes 10]

  --rate 500     events a second
  --seed 1       of the troubles
  --help         print this

A line every 10 s. Exit status: 0 every event is accounted for, 1 a promise is broken (it says which), 2 wrong usage.
`;

class UsageError extends Error {}

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${HELP}`);
    return 2;
  }
}

async function run(): Promise<number> {
  const { minutes, rate, seed, help } = read();
  if (help) {
    console.log(HELP);
    return 0;
  }
  return tellVerdict(
    await runSoak({
      minutes: positive('--minutes', minutes),
      eventsPerSecond: positive('--rate', rate),
      seed: positive('--seed', seed),
      onProgress: (line) => console.log(line),
    }),
  );
}

function read() {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        rate: { type: 'string', default: '500' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0 && number < Infinity)) throw new UsageError(`${name}: expected a number above 0, got ${text}`);
  return number;
}
