import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { Demo } from './demo.ts';
import { NEXT_STEP, summary } from './report.ts';
import { Terminal } from './terminal.ts';

const HELP = `Usage: npx -y pnpm@12 demo [--sabotage]

Sends a few thousand events from an event server through the forwarder to a Datadog-like intake that fails for a moment.
The three are processes of this machine, and no account is needed. At the end the ids of the events are compared.

  --sabotage   the intake forgets one event after it has accepted it; the demo has to notice
  -h, --help   this text

Exit code: 0 when no event is missing, 1 when one is or the demo cannot come to its end, 2 for a wrong option.`;

process.exitCode = await main();

async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  return runDemo(options);
}

function readOptions(): { sabotage: boolean; help: boolean } {
  const { values } = parseArgs({
    options: { sabotage: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  });
  return values;
}

async function runDemo({ sabotage }: { readonly sabotage: boolean }): Promise<number> {
  const demo = new Demo(new Terminal(process.stdout));
  let failedCode = 1;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      failedCode = 128 + constants.signals[signal];
      demo.fail(`interrupted by ${signal}`);
    });
  }
  process.stdout.on('error', (error) => demo.fail(`cannot write to standard output: ${error.message}`));
  try {
    const result = await demo.run({ sabotage });
    console.log(`\n${summary(result)}`);
    if (result.missing.length > 0) return 1;
    console.log(`\n${NEXT_STEP}`);
    return 0;
  } catch (error) {
    console.error(`\nThe demo did not come to its end: ${(error as Error).message}.`);
    return failedCode;
  }
}
