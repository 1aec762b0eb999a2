import { readFile, mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { describeEnding, type Ending, Program, type ProgramOptions, run } from './program.ts';
import { expectTarballsOnly, writeJson } from './project.ts';

/** A folder in which a newcomer has installed the forwarder, and the command that came with it. */
export class ForwarderFolder {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, signal: AbortSignal) {
    this.folder = folder;
    this.signal = signal;
    this.#env = nodeOfThisProcess();
  }

  /** Makes an empty folder and installs the forwarder; what it needs of ours comes from the tarballs as well. */
  static async install(
    folder: string,
    tarballs: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<ForwarderFolder> {
    const { '@grantex/forwarder': forwarder, '@grantex/testing': _, ...overrides } = Object.fromEntries(tarballs);
    await mkdir(folder);
    const dependencies = { '@grantex/forwarder': forwarder };
    await writeJson(join(folder, 'package.json'), { name: 'newcomer', private: true, dependencies, overrides });
    const made = new ForwarderFolder(folder, signal);
    await made.npm('install');
    await expectTarballsOnly(folder, ['@grantex/forwarder', ...Object.keys(overrides)]);
    return made;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  npm(...args: readonly string[]): Promise<string> {
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    return run('npm', [...args, ...quiet], this.#options(process.env));
  }

  /** The installed command, as `npx` starts it; resolves at its end. */
  async npx(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ending> {
    await using program = new Program('npx', ['--no-install', 'grantex-forwarder', ...args], this.#options(env));
    return await program.ended;
  }

  /** Expects that it ends with exit code 0. @returns what it printed */
  async ask(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const ending = await this.npx(args, env);
    expectExit(ending, 0);
    return ending.stdout;
  }

  /** The installed command without `npx` around it: a signal reaches it itself. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    return new Program(join(this.folder, 'node_modules', '.bin', 'grantex-forwarder'), args, this.#options(env));
  }

  /** Nothing else of this environment but what npm needs, so that it neither colours nor redirects. */
  #options(env: NodeJS.ProcessEnv): ProgramOptions {
    return { folder: this.folder, env: { ...env, ...this.#env }, signal: this.signal };
  }
}

export function expectExit(ending: Ending, exitCode: number): void {
  if (ending.exitCode !== exitCode) throw new Error(`expected exit code ${exitCode}, got ${describeEnding(ending)}`);
}

/** Expects each of the words in a text that a person reads. */
export function expectWords(text: string, words: readonly string[]): void {
  const missing = words.filter((word) => !text.includes(word));
  if (missing.length > 0) throw new Error(`expected ${missing.map((word) => `"${word}"`).join(' and ')} in:\n${text}`);
}

export async function versionOf(packageName: string): Promise<string> {
  const manifest = new URL(`../../packages/${packageName}/package.json`, import.meta.url);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { readonly version: string };
  return version;
}

/** npm, npx and the installed command begin with `env node`, which shall be this one. */
function nodeOfThisProcess(): NodeJS.ProcessEnv {
  const { HOME, PATH = '' } = process.env;
  return { HOME, PATH: [dirname(process.execPath), PATH].join(delimiter) };
}
