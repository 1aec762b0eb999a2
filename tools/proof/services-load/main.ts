/** `pnpm prove:services`: the forwarder into four real services, one of them stopped for a while, with an account of every event. */
import { parseArgs } from 'node:util';
import { serviceAddress } from '../../services/address.ts';
import { tellVerdict } from '../crash/verdict.ts';
import { SERVICE_OF, STOPPABLE, type DestinationName } from './destination-under-load.ts';
import { runServicesLoad } from './services-run.ts';

const HELP = `The forwarder into Datadog (VictoriaLogs), Loki, S3 and Kafka at once, with one of them stopped for a while.

  pnpm prove:services [--minutes 10] [--rate 5000]

  --stop kafka         which one is stopped: ${STOPPABLE.join(', ')}
  --stop-seconds 120   for how long
  --seed 1             of the events
  --help               print this

Short, for CI: --minutes 0.5 --rate 2000 --stop-seconds 8

The services are those of tools/services: pnpm services up ${Object.values(SERVICE_OF).join(' ')}
With KAFKA_PORT and the like it takes servers of its own, which others do not use.

A line every second. Checked: nothing missing at any service; the others unaffected; /status, /metrics, top and the log
tell the same. Exit status: 0 all is well, 1 a promise is broken (it says which), 2 wrong usage.
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
  const given = read();
  if (given.help) {
    console.log(HELP);
    return 0;
  }
  const seconds = positive('--minutes', given.minutes) * 60;
  const stopSeconds = positive('--stop-seconds', given['stop-seconds']);
  if (stopSeconds > seconds / 2) throw new UsageError('--stop-seconds: expected half of the time at most');
  const services = Object.values(SERVICE_OF);
  const down = services.filter((name) => serviceAddress(name) === undefined);
  if (down.length > 0) throw new UsageError(`Not running; start them: pnpm services up ${down.join(' ')}`);
  return tellVerdict(
    await runServicesLoad({
      seconds,
      eventsPerSecond: positive('--rate', given.rate),
      stopped: stoppable(given.stop),
      stopSeconds,
      seed: positive('--seed', given.seed),
      onProgress: (line) => console.log(line),
    }),
  );
}

function read() {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        rate: { type: 'string', default: '5000' },
        stop: { type: 'string', default: 'kafka' },
        'stop-seconds': { type: 'string', default: '120' },
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

function stoppable(name: string): DestinationName {
  const found = STOPPABLE.find((each) => each === name);
  if (found === undefined) throw new UsageError(`--stop: expected one of ${STOPPABLE.join(', ')}, got ${name}`);
  return found;
}
