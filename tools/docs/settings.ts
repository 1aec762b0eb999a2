import { parseAllDocuments, type Document } from 'yaml';
import { type Block, directive } from './block.ts';
import { DUMMY, DUMMY_SIGNING_KEY } from './dummy.ts';
import type { Finding } from './finding.ts';
import { askForwarder } from './forwarder.ts';
import type { Page } from './page.ts';
import type { Scratch } from './scratch.ts';

/** The sections of the forwarder's file. A block that has these and nothing else is one. */
const SECTIONS = ['sources', 'destinations', 'journal', 'server', 'logging'];

/** What a page leaves out because it speaks of something else. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  sources: 'sources: { production: { url: https://api.grantex.dev, apiKey: "${GRANTEX_API_KEY}" } }',
  destinations: 'destinations: { events: { type: file, path: ./events.ndjson } }',
};

const SIGNING_KEY = /signature:[^]*?secret:\s*['"]?\$\{(\w+)\}/;

/** Settings of the forwarder, as a file that it can load. */
interface Settings {
  readonly page: string;
  readonly line: number;
  readonly file: string;
  readonly text: string;
}

/** Every YAML parses; what are settings of the forwarder, the forwarder accepts, with values that mean nothing. */
export async function checkSettings(pages: readonly Page[], scratch: Scratch): Promise<Finding[]> {
  const blocks = pages.flatMap(({ path, blocks: all }) => all.map((block) => ({ page: path, block })));
  const seen = blocks.filter(({ block }) => directive(block, 'skip') === undefined);
  const unreadable = seen.flatMap(({ page, block }) => syntaxFindings(block, page));
  await scratch.write('value', DUMMY);
  const settings = seen.flatMap(({ page, block }) => settingsIn(block, page, scratch));
  const refused = await Promise.all(settings.map((each) => refusals(each, scratch)));
  return [...unreadable, ...refused.flat()];
}

function isYaml({ language }: Block): boolean {
  return language === 'yaml' || language === 'yml';
}

function syntaxFindings(block: Block, page: string): Finding[] {
  if (!isYaml(block)) return [];
  return documentsIn(block.text).flatMap(({ errors }) =>
    errors.map(({ message, linePos }) => ({
      page,
      line: block.line + (linePos?.[0].line ?? 1),
      message: `YAML: ${message.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '')}`,
    })),
  );
}

function settingsIn(block: Block, page: string, scratch: Scratch): Settings[] {
  const { text, line } = block;
  const file = `${page.replaceAll(/\W+/g, '-')}-${line}`;
  if (block.language === 'ts' && text.includes('defineConfig('))
    return [{ page, line, file: `${file}.config.ts`, text }];
  if (!isYaml(block)) return [];
  const keys = [...text.matchAll(/^([A-Za-z]\w*):/gm)].map(([, key = '']) => key);
  if (keys.length === 0 || !keys.every((key) => SECTIONS.includes(key))) return [];
  const before = Object.entries(LEFT_OUT).filter(([section]) => !keys.includes(section));
  // Whatever file it names, there is one here. What is put before it is on its first line, so that lines stay.
  const whole = text.replaceAll(/\bfile:[^\s,}"']+/g, `file:${scratch.path('value')}`);
  return [
    {
      page,
      line,
      file: `${file}.yaml`,
      text: `${whole.trimEnd()}\n${before.map(([, section]) => section).join('\n')}\n`,
    },
  ];
}

async function refusals({ page, line, file, text }: Settings, scratch: Scratch): Promise<Finding[]> {
  await scratch.write(file, text);
  const names = [...text.matchAll(/(?:\$\{|env\.)([A-Z]\w*)/g)].map(([, name = '']) => name);
  const signingKey = SIGNING_KEY.exec(text)?.[1];
  const env = Object.fromEntries(names.map((name) => [name, name === signingKey ? DUMMY_SIGNING_KEY : DUMMY]));
  const { exitCode, output } = await askForwarder(['validate', '--config', file], scratch.folder, env);
  if (exitCode === 0) return [];
  const told = [...output.matchAll(/^.*?([\w-]+\.(?:yaml|config\.ts)):(\d+)(?::\d+)?:? *(.*)$/gm)];
  if (told.length === 0) return [{ page, line, message: `the forwarder refuses it:\n${output.trim()}` }];
  return told.map(([, , at, message]) => ({
    page,
    line: line + Number(at),
    message: `the forwarder refuses it: ${message}`,
  }));
}

function documentsIn(text: string): Pick<Document, 'errors'>[] {
  const documents = parseAllDocuments(text);
  return Array.isArray(documents) ? documents : [];
}
