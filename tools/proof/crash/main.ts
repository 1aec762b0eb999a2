/** `pnpm prove:crash`: kills and restarts of the forwarder under load, with an account of every event. */
import { parseArgs } from 'node:util';
import { runCrash } from './crash-run.ts';
import { runTakeover } from './takeover-run.ts';
import { tellVerdict } from './verdict.ts';

const HELP = `Kills the forwarder under load and asks where each event is.

  pnpm prove:crash [--kills 200]     SIGKILL at random moments, started again at once
  pnpm prove:crash --takeover 10     restarts with --takeover: a second process listens before the first one ends

  --rate 5000    events a second
  --overlap 0    milliseconds from the moment in which the second one hears the stream to the end of the first
  --seed 1       of the moments; the same seed gives the same ones
  --journal sqlite | memory     memory loses events at a kill: shows that the check finds them
  --help         print this

Exit status: 0 every event is accounted for, 1 a promise is broken (it says which), 2 wrong usage.
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

function onProgress(line: string): void {
  console.log(line);
}

async function run(): Promise<number> {
  const values = read();
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const eventsPerSecond = wholeNumber('--rate', values.rate);
  const seed = wholeNumber('--seed', values.seed);
  if (values.journal !== 'sqlite' && values.journal !== 'memory') throw new UsageError('--journal: sqlite or memory');
  if (values.takeover !== undefined) {
    const takeovers = wholeNumber('--takeover', values.takeover);
    const overlapMs = wholeNumber('--overlap', values.overlap, 0);
    return tellVerdict(await runTakeover({ takeovers, eventsPerSecond, seed, overlapMs, onProgress }));
  }
  const kills = wholeNumber('--kills', values.kills);
  return tellVerdict(await runCrash({ kills, eventsPerSecond, seed, journal: values.journal, onProgress }));
}

function read() {
  try {
    return parseArgs({
      options: {
        kills: { type: 'string', default: '200' },
        takeover: { type: 'string' },
        overlap: { type: 'string', default: '0' },
        rate: { type: 'string', default: '5000' },
        seed: { type: 'string', default: '1' },
        journal: { type: 'string', default: 'sqlite' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string, least = 1): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) {
    throw new UsageError(`${name}: expected a whole number from ${least} on, got ${text}`);
  }
  return number;
}
