/** `pnpm prove:power-cut`: see the README beside this file. */
import { parseArgs } from 'node:util';
import { prove, type Outcome } from './proof.ts';
import { FAULTS } from './settings.ts';
import { findStrace } from './strace.ts';

const HELP = `pnpm prove:power-cut [--images N] [--seed S]   cuts the power N times (1000), in runs from seed S (1) on
pnpm prove:power-cut --seed S --moment M       one image again
  --unsynced   the journal never syncs: the proof has to fail
  --relaxed    the journal syncs only when its log is written back: the proof has to fail
  --early      the journal trusts a sync that began before its write: the proof has to fail
  --hasty      the journal's thread writes the log back without syncs: the proof has to fail`;

/** So often progress is told, in milliseconds. */
const TOLD_EVERY_MS = 5_000;

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    moment: { type: 'string' },
    unsynced: { type: 'boolean', default: false },
    relaxed: { type: 'boolean', default: false },
    early: { type: 'boolean', default: false },
    hasty: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) fail(`--${name}: expected a whole number, got ${text}\n${HELP}`);
  return number;
}

function tell({ images, runs, activity, broken }: Outcome, seconds: string): void {
  const { syncs, overtaken, writtenBack, disturbed } = activity;
  console.log(`in ${runs} runs: ${overtaken} of ${syncs} syncs beside the script were overtaken by its writes;`);
  console.log(`the log was written back in a thread ${writtenBack} times, ${disturbed} times while more was written`);
  if (broken === undefined) {
    console.log(`${images} images of ${runs} runs: 0 missing, every promise is kept (${seconds} s)`);
    return;
  }
  const { seed, moment, violations } = broken;
  console.log(`image ${images}: ${violations.length} promise(s) broken`);
  for (const violation of violations.slice(0, 10)) console.log(`  ${violation}`);
  const withFault = fault === undefined ? '' : ` --${fault}`;
  console.log(`again: pnpm prove:power-cut --seed ${seed} --moment ${moment}${withFault} (${seconds} s)`);
}

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const fault = FAULTS.find((name) => values[name]);
const images = numberOf('images', values.images);
const seed = numberOf('seed', values.seed);
const moment = values.moment === undefined ? undefined : numberOf('moment', values.moment);
const strace = await findStrace();
if ('missing' in strace) {
  console.error(`The power-cut proof is left out: ${strace.missing}`);
  process.exit(process.env['CI'] === 'true' ? 1 : 0);
}
const startedAt = performance.now();
const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1);
let toldAt = startedAt;
const outcome = await prove({
  strace,
  seed,
  images,
  moment,
  fault,
  onImage(done) {
    if (performance.now() - toldAt < TOLD_EVERY_MS) return;
    toldAt = performance.now();
    console.log(`${done} of ${images} images, ${seconds()} s`);
  },
});
tell(outcome, seconds());
process.exit(outcome.broken === undefined ? 0 : 1);
