/** `pnpm bench`: measures this software beside others. See README.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BENCHMARKS, type BenchmarkName } from './catalogue.ts';
import { compareWithBaseline, storeBaseline } from './harness/baseline.ts';
import type { Benchmark } from './harness/benchmark.ts';
import { toMarkdown, type Report } from './harness/report.ts';
import { describeMachine } from './harness/machine.ts';

const HELP = `pnpm bench                        lists the benchmarks
pnpm bench <name> [--rounds n] [--quick]
pnpm bench all [--rounds n] [--quick]
pnpm bench --check                compares the ratios with bench/baseline.json
pnpm bench --check --store        makes the present ratios the baseline
Results are written to bench/results/.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.check) process.exitCode = await check();
else if (values.help || positionals.length === 0) list();
else for (const name of chosen(positionals)) await runAndStore(name, values.quick);

function list(): void {
  process.stdout.write(`${HELP}\n`);
  for (const [name, { about }] of Object.entries(BENCHMARKS)) console.log(`  ${name.padEnd(22)}${about}`);
}

function chosen(names: readonly string[]): readonly BenchmarkName[] {
  if (names.includes('all')) return Object.keys(BENCHMARKS) as BenchmarkName[];
  for (const name of names) {
    if (Object.hasOwn(BENCHMARKS, name)) continue;
    console.error(`There is no benchmark "${name}". These are there: ${Object.keys(BENCHMARKS).join(', ')}.`);
    process.exit(1);
  }
  return names as BenchmarkName[];
}

async function run(name: BenchmarkName, isQuick: boolean): Promise<Report> {
  const { benchmark } = (await import(new URL(BENCHMARKS[name].file, import.meta.url).href)) as {
    benchmark: Benchmark;
  };
  const isTerminal = process.stderr.isTTY;
  const progress = (text: string): void => {
    if (isTerminal) process.stderr.write(`\r\u001b[K${name}: ${text}`);
  };
  const rounds = values.rounds === undefined ? (isQuick ? 3 : benchmark.rounds) : Number(values.rounds);
  const report = await benchmark.run({ rounds, isQuick, progress });
  if (isTerminal) process.stderr.write('\r\u001b[K');
  return report;
}

async function runAndStore(name: BenchmarkName, isQuick: boolean): Promise<Report> {
  const report = await run(name, isQuick);
  const markdown = toMarkdown(name, report);
  console.log(markdown);
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const about = { name, at: new Date().toISOString(), isQuick, machine: describeMachine() };
  writeFileSync(new URL(`${name}.md`, folder), `${markdown}\n${about.machine}, ${about.at}\n`);
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify({ ...about, ...report }, undefined, 2)}\n`);
  return report;
}

async function check(): Promise<number> {
  const reports = new Map<string, Report>();
  for (const [name, { isChecked }] of Object.entries(BENCHMARKS)) {
    if (isChecked) reports.set(name, await runAndStore(name as BenchmarkName, true));
  }
  if (values.store) {
    storeBaseline(reports);
    console.log('The baseline is stored.');
    return 0;
  }
  const { lines, worse } = compareWithBaseline(reports);
  console.log(lines.join('\n'));
  console.log(
    worse === 0 ? '\nNo ratio is worse by more than a quarter.' : `\n${worse} are worse by more than a quarter.`,
  );
  return worse === 0 ? 0 : 1;
}
