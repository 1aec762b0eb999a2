import { readFile } from 'node:fs/promises';
import { writeJson } from '../guides/project.ts';
import { ROOT } from './published.ts';

/** What a package costs those who install it. */
export interface Size {
  /** Bytes of the tarball: what is fetched. */
  readonly packedBytes: number;
  /** Bytes of the files in it. */
  readonly unpackedBytes: number;
  /** Packages in `node_modules` when this one is installed with its peers, itself included. */
  readonly installedPackages: number;
}

export type Budget = Readonly<Record<string, Size>>;

const FILE = `${ROOT}tools/packages/budget.json`;

/** So much more than accepted is let through; less always is. */
const TOLERANCE = 0.1;

export async function readBudget(): Promise<Budget> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Budget;
}

/** What is over the budget; empty when nothing is. */
export function overBudget(accepted: Size | undefined, size: Size): string[] {
  if (accepted === undefined) return ['it has no budget yet: node tools/packages/check.ts --accept-budget'];
  const lines = (Object.keys(size) as (keyof Size)[]).flatMap((key) => {
    const most = Math.floor(accepted[key] * (1 + TOLERANCE));
    return size[key] <= most ? [] : [`${key}: ${size[key]}, at most ${most} (${accepted[key]} and 10 %)`];
  });
  return lines.length === 0 ? [] : [...lines, 'if it is meant: node tools/packages/check.ts --accept-budget'];
}

export async function acceptBudget(budget: Budget): Promise<void> {
  await writeJson(FILE, budget);
}
