import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkCommands, commandsOf } from '../commands.ts';
import { compile } from '../compile.ts';
import { checkDirectives, skipped } from '../directives.ts';
import { checkExcerpts } from '../excerpts.ts';
import { checkJson } from '../json-blocks.ts';
import { type Page, parsePage } from '../page.ts';
import { type PageProgram, programsOf } from '../programs.ts';
import { runProgram } from '../run.ts';
import { Scratch } from '../scratch.ts';
import { checkSettings } from '../settings.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await Scratch.make();
});
afterAll(() => scratch[Symbol.asyncDispose]());

function page(...lines: readonly string[]): Page {
  return parsePage('docs/planted.md', lines.join('\n'));
}

function excerpt(code: string): Page {
  return page('<!-- check: excerpt tools/docs/finding.ts -->', '```ts', code, '```');
}

function program(...lines: readonly string[]): PageProgram {
  const [first] = programsOf(page('<!-- check: run -->', '```ts', ...lines, '```'));
  return first!;
}

function places(findings: readonly { readonly line: number; readonly message: string }[]): string[] {
  return findings.map(({ line, message }) => `${line} ${message}`);
}

test('programs compile together, and a fault has the line of the page', async () => {
  const planted = page(
    '```ts',
    "import { EventSource } from '@grantex/core';",
    "const source = new EventSource({ url: 'https://api.grantex.dev', apiKey: 'k' });",
    'await source.start();',
    '```',
    '<!-- check: continues -->',
    '```ts',
    'await source.halt();',
    '```',
    '<!-- check: given declare const answer: number; -->',
    '',
    '```ts',
    'answer.toFixed();',
    'answer.trim();',
    '```',
    '<!-- check: skip it is no program -->',
    '```ts',
    'not: a = program',
    '```',
  );
  const programs = programsOf(planted);
  expect(programs.map(({ line }) => line)).toEqual([1, 12]);
  expect(places(await compile(programs, scratch)).toSorted()).toEqual([
    "14 TS2339: Property 'trim' does not exist on type 'number'.",
    "8 TS2339: Property 'halt' does not exist on type 'EventSource'.",
  ]);
  expect(skipped([planted])).toEqual(['docs/planted.md:17 it is no program']);
});

test('a misspelled directive, one without words and one without a block are told', () => {
  const planted = page(
    '<!-- check: skipp it -->',
    '```ts',
    '```',
    '<!-- check: skip -->',
    '```ts',
    '```',
    '<!-- check: run -->',
    'x',
  );
  expect(places(checkDirectives([planted]))).toEqual([
    '1 there is no directive skipp: continues, given, excerpt, run, skip',
    '4 skip needs more words behind it',
    '1 has a directive that no block of code follows',
  ]);
});

test('an excerpt that differs from its source is told', () => {
  expect(checkExcerpts([excerpt('readonly line: number;')])).toEqual([]);
  expect(places(checkExcerpts([excerpt('readonly line: string;')]))).toEqual([
    '2 does not stand word for word in tools/docs/finding.ts',
  ]);
});

test('JSON and YAML that do not parse, and settings that the forwarder refuses, are told', async () => {
  const json = page('```json', '{ "a": 1, }', '```');
  expect(places(checkJson([json]))).toEqual([expect.stringMatching(/^1 JSON: /)]);
  const yaml = page(
    '```yaml',
    'a: [1',
    '```',
    '',
    '```yaml',
    'destinations:',
    '  datadog: { apiKey: "${KEY}", sight: eu }',
    '```',
  );
  const found = places(await checkSettings([yaml], scratch));
  expect(found).toEqual([
    expect.stringMatching(/^\d YAML: /),
    expect.stringMatching(/^7 the forwarder refuses it: destinations\.datadog\.sight: /),
  ]);
});

test('scripts, packages, commands and options that do not exist are told', async () => {
  const planted = page(
    '```bash',
    'npx -y pnpm@12 test && npx -y pnpm@12 no-such-script   # pnpm in-a-comment',
    'npm install @grantex/core @grantex/no-such-package',
    'npx -y @grantex/forwarder run --takeover \\',
    '  --no-such-option',
    'grantex-forwarder no-such-command',
    'grantex-forwarder dead-letters list --destination datadog',
    'grantex-forwarder dead-letters lose',
    '```',
  );
  expect(commandsOf(planted)).toHaveLength(7);
  expect(places(await checkCommands([planted]))).toEqual([
    '2 pnpm no-such-script: package.json has no such script',
    '3 npm install: @grantex/no-such-package is neither ours nor known to this check',
    '4 grantex-forwarder run has no option --no-such-option',
    '6 grantex-forwarder no-such-command: there is no such command',
    '8 grantex-forwarder dead-letters lose: there is no such command',
  ]);
});

test('a program that is run gets events and SIGTERM; one that fails, or delivers nothing, is told', async () => {
  const open = [
    "import { EventSource, DatadogDestination } from '@grantex/destinations';",
    "const source = new EventSource({ url: 'https://api.grantex.dev', apiKey: process.env.GRANTEX_API_KEY! });",
  ];
  const add =
    'source.addDestination(new DatadogDestination({ apiKey: process.env.DD_API_KEY!, flushIntervalMs: 100 }));';
  const asked = [
    program(...open, add, 'await source.start();'),
    program(...open, "throw new Error('broken');"),
    program(...open, add, 'setInterval(() => {}, 1000);'),
  ].map((each, index) => runProgram({ ...each, file: `page/run-${index}.ts` }, scratch, 5_000));
  const [fine = [], broken = [], silent = []] = await Promise.all(asked);
  expect(fine).toEqual([]);
  expect(places(broken)).toEqual([expect.stringMatching(/^2 ended with 1:/)]);
  expect(places(silent)).toEqual(['2 never asked for the stream']);
});
