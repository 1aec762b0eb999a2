import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { Program } from '../guides/program.ts';
import { ROOT } from './published.ts';
import type { Packed } from './tarball.ts';

const ATTW = fileURLToPath(new URL('dist/index.js', import.meta.resolve('@arethetypeswrong/cli/package.json')));

/** What publint says about a tarball, its mildest hints included; empty when it says nothing. */
export async function publintProblems({ tarball, manifest }: Packed): Promise<string[]> {
  const { buffer, byteOffset, byteLength } = await readFile(tarball);
  const pack = { tarball: buffer.slice(byteOffset, byteOffset + byteLength) };
  const { messages } = await publint({ pack, strict: true });
  return messages.map((message) => formatMessage(message, { ...manifest }) ?? message.code);
}

/** One of the four ways in which are-the-types-wrong looks a package up, and what it found there. */
interface TypesProblem {
  readonly kind: string;
  readonly entrypoint?: string;
  readonly resolutionKind?: string;
}

/**
 * What the rules say of ways of looking up that a package of ESM alone, for Node 22.19 and later, does not have. Both are
 * left out by the profile `esm-only` of the same tool. A problem that is not in here fails, and none of it is silent.
 */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'NoResolution in node10':
    'TypeScript’s `moduleResolution: node10` does not read `exports`; TypeScript 7 no longer has it, and no version of Node that we support resolves so',
  'CJSResolvesToESM in node16-cjs':
    'the rule says that require() of a module fails; Node does it since 22.12, and the runs below show it on each version',
};

export interface TypesVerdict {
  readonly problems: readonly string[];
  /** Keys of `LEFT_OUT`. */
  readonly leftOut: readonly string[];
}

/** All rules of are-the-types-wrong, on all four ways of looking up: no profile and no `--ignore-rules`. */
export async function typesVerdict({ tarball, manifest }: Packed, signal: AbortSignal): Promise<TypesVerdict> {
  const args = [ATTW, tarball, '--format', 'json', '--no-definitely-typed'];
  await using program = new Program(process.execPath, args, { folder: ROOT, env: process.env, signal });
  const { stdout, stderr } = await program.ended;
  if (!stdout.startsWith('{')) throw new Error(`are-the-types-wrong: ${stdout}${stderr}`);
  const { problems } = JSON.parse(stdout) as { readonly problems: Readonly<Record<string, readonly TypesProblem[]>> };
  const found = Object.values(problems).flat();
  const named = found.map(({ kind, resolutionKind = 'all' }) => `${kind} in ${resolutionKind}`);
  const entry = manifest.exports?.['.'];
  // What says how `require` finds it is held to every rule.
  const leftOut =
    typeof entry === 'object' && entry['require'] === undefined
      ? named.filter((name) => LEFT_OUT[name] !== undefined)
      : [];
  return { problems: named.filter((name) => !leftOut.includes(name)), leftOut: [...new Set(leftOut)] };
}
