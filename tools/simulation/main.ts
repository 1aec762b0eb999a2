/** `pnpm simulate`: plays seeds, one after the other, until one breaks a promise. */
import { parseArgs } from 'node:util';
import { PLANTED_FAULTS } from './planted.ts';
import { simulate } from './simulate.ts';

const HELP = `pnpm simulate [--seeds N] [--from S]   plays N seeds (200), from S (1) on
pnpm simulate --seed S                 plays one, and says what happens in it
  --fault NAME                         with a planted fault: ${[...PLANTED_FAULTS.keys()].join(', ')}`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    fault: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
/** So often progress is told, in milliseconds. */
const TOLD_EVERY_MS = 5_000;

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) fail(`--${name}: expected a whole number, got ${text}`);
  return number;
}

function tell(seed: number, violations: readonly string[]): void {
  console.log(`seed ${seed}: ${violations.length} promise(s) broken`);
  for (const violation of violations.slice(0, 10)) console.log(`  ${violation}`);
}

async function playOne(seed: number): Promise<boolean> {
  const outcome = await simulate(seed, { fault, onNote: (line) => console.log(line) });
  if (outcome.violations.length === 0) console.log(`seed ${seed}: every promise is kept`);
  else tell(seed, outcome.violations);
  return outcome.violations.length === 0;
}

async function playMany(first: number, count: number): Promise<boolean> {
  const startedAt = performance.now();
  const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1);
  let [toldAt, steps, events, lives] = [startedAt, 0, 0, 0];
  for (let seed = first; seed < first + count; seed++) {
    const outcome = await simulate(seed, { fault });
    if (outcome.violations.length > 0) {
      tell(seed, outcome.violations);
      const withFault = values.fault === undefined ? '' : ` --fault ${values.fault}`;
      console.log(
        `found after ${seed - first + 1} seed(s); again, with a trace: pnpm simulate --seed ${seed}${withFault}`,
      );
      return false;
    }
    steps += outcome.steps;
    events += outcome.events;
    lives += outcome.lives;
    if (performance.now() - toldAt < TOLD_EVERY_MS) continue;
    toldAt = performance.now();
    console.log(`${seed - first + 1} of ${count} seeds, ${seconds()} s`);
  }
  console.log(
    `${count} seeds: every promise is kept (${events} events, ${lives} lives, ${steps} steps, ${seconds()} s)`,
  );
  return true;
}

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
if (values.fault !== undefined && !PLANTED_FAULTS.has(values.fault)) fail(`--fault: no ${values.fault}\n${HELP}`);
const fault = values.fault === undefined ? undefined : PLANTED_FAULTS.get(values.fault);
const isKept =
  values.seed === undefined
    ? await playMany(numberOf('from', values.from), numberOf('seeds', values.seeds))
    : await playOne(numberOf('seed', values.seed));
process.exit(isKept ? 0 : 1);
