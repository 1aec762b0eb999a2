import { glob, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expectExit, expectWords, type ForwarderFolder } from './forwarder-command.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The pages that show settings or commands of the forwarder. */
const PAGES = ['packages/forwarder/README.md', 'deploy/README.md', 'docs/*.md'];

/** What a page leaves out because it speaks of something else. */
const SOURCES = 'sources: { production: { url: https://api.grantex.dev, apiKey: "${GRANTEX_API_KEY}" } }';
const DESTINATIONS = 'destinations: { events: { type: file, path: ./events.ndjson } }';

const DUMMY = 'a-dummy-value-of-32-characters--';

interface Block {
  readonly language: string;
  readonly text: string;
  /** Page and line, for messages. */
  readonly at: string;
}

/** The text of a page of this repository. */
export function readPage(path: string): Promise<string> {
  return readFile(new URL(path, `file://${ROOT}`), 'utf8');
}

/** The one block of code of a page that has all of these words. */
export function blockWith(page: string, language: string, ...words: readonly string[]): string {
  const found = blocksOf(page, 'page').filter(
    (block) => block.language === language && words.every((word) => block.text.includes(word)),
  );
  const [block] = found;
  if (block !== undefined && found.length === 1) return block.text;
  throw new Error(`${found.length} blocks of ${language} with ${words.join(' and ')}, expected one`);
}

/**
 * Loads every YAML of the pages, and every settings module, with values that mean nothing. A page may leave out what it does not
 * speak about: sources or destinations are added. @returns how many there are
 */
export async function settingsOfPagesLoad(project: ForwarderFolder): Promise<number> {
  const blocks = await allBlocks();
  const settings = blocks.flatMap((block) => settingsIn(block, project));
  await writeFile(project.path('value'), DUMMY);
  const asked = settings.map(async ({ file, text, at }) => {
    await writeFile(project.path(file), text);
    const env = Object.fromEntries(
      [...text.matchAll(/(?:\$\{|env\.)([A-Z]\w*)/g)].map(([, name = '']) => [name, DUMMY]),
    );
    const { ended } = project.start(['validate', '--config', file], env);
    return { at, ending: await ended };
  });
  for (const { at, ending } of await Promise.all(asked)) {
    if (ending.exitCode !== 0) throw new Error(`${at}:\n${ending.stderr.trim()}`);
  }
  return settings.length;
}

/** Every command that a page shows is one, and has the options that stand there. @returns how many are shown */
export async function commandsOfPagesExist(project: ForwarderFolder): Promise<number> {
  const blocks = await allBlocks();
  const shown = blocks.flatMap((block) => commandsIn(block));
  const help = new Map<string, Promise<string>>();
  const helpOf = async (words: readonly string[]): Promise<string> => {
    const ending = await project.start([...words, '--help']).ended;
    expectExit(ending, 0);
    return ending.stdout;
  };
  const names = [...(await helpOf([])).matchAll(/^ {2}([a-z][a-z-]+)/gm)].map(([, name]) => name);
  for (const { words, at } of shown) {
    const [name = '', second = ''] = words;
    if (!names.includes(name)) throw new Error(`${at}: there is no command ${name}`);
    const isNested = ['dead-letters', 'journal', 'switch'].includes(name);
    const path = isNested ? [name, second] : [name];
    const key = path.join(' ');
    if (!help.has(key)) help.set(key, helpOf(path));
    const options = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*/, ''));
    const text = (await help.get(key)) ?? '';
    if (!text.includes(`grantex-forwarder ${key}`)) throw new Error(`${at}: there is no command ${key}`);
    expectWords(text, options);
  }
  return shown.length;
}

async function allBlocks(): Promise<Block[]> {
  const blocks: Block[] = [];
  for (const pattern of PAGES) {
    const paths: string[] = [];
    for await (const path of glob(pattern, { cwd: ROOT })) paths.push(path);
    if (paths.length === 0) throw new Error(`no page ${pattern}`);
    for (const path of paths.toSorted()) blocks.push(...blocksOf(await readPage(path), path));
  }
  return blocks;
}

function blocksOf(page: string, path: string): Block[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: text = '', index }) => {
    return { language, text, at: `${path}:${page.slice(0, index).split('\n').length}` };
  });
}

function settingsIn(
  { language, text, at }: Block,
  project: ForwarderFolder,
): { file: string; text: string; at: string }[] {
  const file = at.replaceAll(/\W+/g, '-');
  if (language === 'ts' && text.includes('defineConfig')) return [{ file: `${file}.config.ts`, text, at }];
  // Prometheus has YAML of its own.
  if (language !== 'yaml' || /^scrape_configs:/m.test(text)) return [];
  const missing = [
    ...(/^sources:/m.test(text) ? [] : [SOURCES]),
    ...(/^destinations:/m.test(text) ? [] : [DESTINATIONS]),
  ];
  // Whatever file it names, there is one here.
  const whole = [...missing, text].join('\n').replaceAll(/\bfile:[^\s,}]+/g, `file:${project.path('value')}`);
  return [{ file: `${file}.yaml`, text: whole, at }];
}

function commandsIn({ language, text, at }: Block): { words: readonly string[]; at: string }[] {
  if (language !== 'bash' && language !== 'sh') return [];
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  const calls = lines.map(
    (line) => /(?:^|\s|\/|-- )(?:npx -y @grantex\/forwarder|grantex-forwarder) ([a-z].*)$/.exec(line)?.[1],
  );
  return calls
    .filter((call) => call !== undefined)
    .map((call) =>
      call
        .replace(/\s#.*| && .*/, '')
        .trim()
        .split(/\s+/),
    )
    .filter(([name = '']) => /^[a-z-]+$/.test(name))
    .map((words) => ({ words, at }));
}
