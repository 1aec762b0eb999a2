import { readFileSync, writeFileSync } from 'node:fs';
import { round, type Ratio, type Report } from './report.ts';

/** A ratio may move by so much before the check fails: below that is the noise of shared machines. */
const ALLOWED = 1.25;
const FILE = new URL('../baseline.json', import.meta.url);

/** By benchmark, then by the ratio's name. */
type Baseline = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function storeBaseline(reports: ReadonlyMap<string, Report>): void {
  const baseline: Baseline = Object.fromEntries(
    [...reports].map(([name, { ratios }]) => [
      name,
      Object.fromEntries(ratios.map((ratio) => [ratio.name, Number(ratio.value.toPrecision(3))])),
    ]),
  );
  writeFileSync(FILE, `${JSON.stringify(baseline, undefined, 2)}\n`);
}

/** One line a ratio, and how many are worse than they may be. One without a stored value is only shown. */
export function compareWithBaseline(reports: ReadonlyMap<string, Report>): { lines: string[]; worse: number } {
  const baseline = JSON.parse(readFileSync(FILE, 'utf8')) as Baseline;
  const lines: string[] = [];
  let worse = 0;
  for (const [name, { ratios }] of reports) {
    for (const ratio of ratios) {
      const stored = baseline[name]?.[ratio.name];
      const isWorse = stored !== undefined && worsening(ratio, stored) > ALLOWED;
      if (isWorse) worse++;
      const was = stored === undefined ? 'not in the baseline' : `was ${round(stored)}`;
      lines.push(`${isWorse ? 'WORSE ' : 'ok    '}${name}: ${ratio.name}: ${round(ratio.value)} (${was})`);
    }
  }
  return { lines, worse };
}

/** Above 1: worse than stored. A value that is no number is as bad as can be. */
function worsening({ value, better }: Ratio, stored: number): number {
  const factor = better === 'lower' ? value / stored : stored / value;
  return Number.isNaN(factor) ? Infinity : factor;
}
