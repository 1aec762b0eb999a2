import { Command, InvalidArgumentError, Option } from 'commander';
import { jsonOption, type CommandContext } from './context.js';
import { DEV_SERVER_KEY } from './init/plan.js';

const EXAMPLES = `
Examples:
  $ grantex-forwarder dev-server                          two events a second at http://127.0.0.1:4319
  $ grantex-forwarder dev-server --rate 5000 --steady     to see what a destination takes
  $ grantex-forwarder dev-server --rate 0.2               an event now and then
  $ grantex-forwarder dev-server --cut-every 5            what the forwarder does when the stream breaks
  $ grantex-forwarder dev-server --refuse                 what it says when the key is wrong
  $ grantex-forwarder dev-server --json | jq              a JSON object for everything that happens

Speaks what the Grantex auth service speaks, SSE and WebSocket, on this machine only. The events are made up and realistic:
grants, their tokens, budgets, revocations. As with the service, what is published while nobody is connected is gone.
Exit codes: 0 ended by Ctrl-C, 69 the port is taken.`;

/** As keys of the service are. */
const KEY = /^\S{16,512}$/;
const MAX_RATE = 20_000;

interface Options {
  readonly port: number;
  readonly key: string;
  readonly rate: number;
  readonly count?: number;
  readonly steady?: true;
  readonly seed?: number;
  readonly cutEvery?: number;
  readonly refuse?: true;
  readonly json?: true;
}

export function devServerCommand(context: CommandContext): Command {
  return new Command('dev-server')
    .description('an event server with realistic traffic, to try everything without an account')
    .addOption(
      new Option('--port <number>', 'where it listens, at 127.0.0.1').default(4319).argParser(wholeFrom(0, 65_535)),
    )
    .addOption(new Option('--key <key>', 'the API key that it wants').default(DEV_SERVER_KEY).argParser(readKey))
    .addOption(new Option('--rate <number>', 'events per second, on average').default(2).argParser(readRate))
    .addOption(new Option('--count <number>', 'publish so many, and go on serving').argParser(wholeFrom(0, 1e12)))
    .option('--steady', 'no bursts')
    .addOption(
      new Option('--seed <number>', 'the same seed makes the same events').argParser(wholeFrom(0, 2 ** 32 - 1)),
    )
    .addOption(new Option('--cut-every <seconds>', 'cut the oldest connection so often').argParser(readSeconds))
    .option('--refuse', 'answer every connection with 401')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((options: Options) => serve(context, options));
}

async function serve({ stdout, signal }: CommandContext, options: Options): Promise<void> {
  // Loaded here: no other command needs an event server.
  const [{ runDevServer }, { DevServerLog }] = await Promise.all([
    import('../dev-server/dev-server.js'),
    import('../dev-server/dev-server-log.js'),
  ]);
  const { port, key, rate, count, seed = Date.now() % 2 ** 32, cutEvery, json = false } = options;
  const log = new DevServerLog(stdout, { json });
  const faults = { cutEverySeconds: cutEvery, refuse: options.refuse ?? false };
  await runDevServer({ port, key, rate, count, seed, steady: options.steady ?? false, ...faults }, log, signal);
}

function wholeFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

function readRate(text: string): number {
  const rate = Number(text);
  if (rate > 0 && rate <= MAX_RATE) return rate;
  throw new InvalidArgumentError(`Expected events per second: above 0, at most ${MAX_RATE}, such as 0.5 or 100.`);
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('Expected seconds, from 0.1 to 86400.');
}

function readKey(text: string): string {
  if (KEY.test(text)) return text;
  throw new InvalidArgumentError('Expected 16 to 512 characters without spaces, as the service does.');
}
