import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { directive } from './block.ts';
import type { Finding } from './finding.ts';
import { askForwarder } from './forwarder.ts';
import { type Page, ROOT } from './page.ts';

/** pnpm's own words that pages use. */
const PNPM_COMMANDS = ['install', 'add', 'exec', 'pack', 'publish', 'changeset', 'dlx', 'create'];

/** What pages install beside our packages. */
const KNOWN_PACKAGES = [
  'express',
  'fastify',
  'pino',
  'typescript',
  'undici',
  'vitest',
  'kafkajs',
  '@platformatic/kafka',
];

/** A command of a page, as words. */
interface Shown {
  readonly page: string;
  readonly line: number;
  readonly words: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Scripts, packages, and commands and options of the forwarder are there as they are shown. */
export async function checkCommands(pages: readonly Page[], root = ROOT): Promise<Finding[]> {
  const shown = pages.flatMap((page) => commandsOf(page));
  const scripts = Object.keys(manifest(root, 'package.json').scripts ?? {});
  const ours = globSync('packages/*/package.json', { cwd: root }).map((path) => manifest(root, path).name);
  const help = new Map<string, Promise<string>>();
  const findings = shown.map(async ({ page, line, words }) => {
    const message =
      problemOfScript(words, scripts, root) ?? problemOfInstall(words, ours) ?? (await problemOfForwarder(words, help));
    return message === undefined ? [] : [{ page, line, message }];
  });
  return (await Promise.all(findings)).flat();
}

/** The commands in the shell blocks of a page; what a line joins with `&&`, `;` or `|` is several. */
export function commandsOf({ path, blocks }: Page): Shown[] {
  const shells = blocks.filter(
    (block) => ['bash', 'sh', 'console'].includes(block.language) && directive(block, 'skip') === undefined,
  );
  return shells.flatMap(({ text, line }) => {
    // A line that goes on is one with those behind it, which leave empty lines.
    const joined = text.replaceAll(/(?:.*\\\n)+.*/g, (lines) => {
      const parts = lines.split('\\\n');
      return parts.join(' ') + '\n'.repeat(parts.length - 1);
    });
    return joined.split('\n').flatMap((written, index) =>
      written
        .replace(/(^|\s)#.*$/, '')
        .split(/&&|\|\|?|;/)
        .map((command) => command.trim().replace(/^\$ /, '').split(/\s+/))
        .map((words) => words.filter((word) => word !== ''))
        .filter((words) => words.length > 0)
        .map((words) => ({ page: path, line: line + 1 + index, words })),
    );
  });
}

function problemOfScript(words: readonly string[], scripts: readonly string[], root: string): string | undefined {
  const isNpx = words[0] === 'npx' && /^pnpm(?:@\d+)?$/.test(words[2] ?? '');
  const [name, tool = ''] = isNpx ? words.slice(3) : words[0] === 'pnpm' ? words.slice(1) : [];
  if (name === undefined || name.startsWith('-')) return undefined;
  if (name === 'exec') {
    const isThere = tool.startsWith('-') || existsSync(join(root, 'node_modules/.bin', tool));
    return isThere ? undefined : `pnpm exec ${tool}: there is no such program`;
  }
  const script = name === 'run' ? tool : name;
  if (scripts.includes(script) || PNPM_COMMANDS.includes(script)) return undefined;
  return `pnpm ${script}: package.json has no such script`;
}

function problemOfInstall(words: readonly string[], ours: readonly string[]): string | undefined {
  const [command, verb = '', ...rest] = words;
  if (command !== 'npm') return undefined;
  const names = rest
    .filter((word, index) => /^[@a-z]/.test(word) && rest[index - 1] !== '--prefix')
    .map(withoutVersion);
  if (verb === 'create' || verb === 'init') {
    const [initializer] = names.slice(0, 1).map((name) => name.replace(/^(@[^/]+\/)?/, '$1create-'));
    if (initializer === undefined || ours.includes(initializer)) return undefined;
    return `npm ${verb}: there is no package ${initializer} of ours`;
  }
  if (!['install', 'i', 'add'].includes(verb)) return undefined;
  const unknown = names.filter((name) => !ours.includes(name) && !KNOWN_PACKAGES.includes(name));
  return unknown.length === 0
    ? undefined
    : `npm install: ${unknown.join(', ')} is neither ours nor known to this check`;
}

function withoutVersion(name: string): string {
  return name.replace(/(?<=.)@.*$/, '');
}

async function problemOfForwarder(
  words: readonly string[],
  help: Map<string, Promise<string>>,
): Promise<string | undefined> {
  const at = words.findIndex((word) => /^(?:\S*\/)?grantex-forwarder$|^@grantex\/forwarder(?:@\S+)?$/.test(word));
  const [name, second = ''] = words.slice(at + 1);
  // It is called when it stands first, or behind something that calls.
  const isCalled = at === 0 || /^(?:-y|--|exec|forwarder|npx|--no-install)$/.test(words[at - 1] ?? '');
  if (at < 0 || !isCalled || name === undefined || !/^[a-z]/.test(name)) return undefined;
  const helpOf = (path: string): Promise<string> => {
    const asked = help.get(path) ?? askForwarder([...path.split(' '), '--help'], ROOT).then(({ output }) => output);
    help.set(path, asked);
    return asked;
  };
  let path = name;
  let text = await helpOf(path);
  if (/^Usage: \S+ \S+ \[options\] \[command\]/m.test(text) && /^[a-z]/.test(second))
    text = await helpOf((path = `${name} ${second}`));
  if (!text.includes(`Usage: grantex-forwarder ${path}`)) return `grantex-forwarder ${path}: there is no such command`;
  const options = words.slice(at + 2).filter((word) => /^--?[a-z]/.test(word));
  const unknown = options.map((word) => word.replace(/=.*/, '')).filter((option) => !hasOption(text, option));
  return unknown.length === 0 ? undefined : `grantex-forwarder ${path} has no option ${unknown.join(', ')}`;
}

function hasOption(help: string, option: string): boolean {
  return new RegExp(`^ +(?:.*, )?${option}(?![\\w-])`, 'm').test(help);
}

function manifest(root: string, path: string): Manifest {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest;
}
