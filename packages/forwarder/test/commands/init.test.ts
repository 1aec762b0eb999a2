import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { devServerCommand } from '../../src/commands/dev-server.js';
import { initCommand } from '../../src/commands/init.js';
import { DESTINATION_TEMPLATES } from '../../src/commands/init/destination-templates.js';
import { missingOptions } from '../../src/commands/init/flags.js';
import { loadSettings } from '../../src/settings/load-settings.js';
import { TestContext, until } from './terminal-context.js';

const USUAL = 'grantex-forwarder.yaml';
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'init-'));
});

afterEach(() => rm(folder, { recursive: true }));

const types = DESTINATION_TEMPLATES.map(({ definition }) => definition.type);

/** Flags that give each asked option its example. */
function flagsFor(type: string): string[] {
  const asked = missingOptions({ name: type, type, options: {} });
  return ['--destination', type, ...asked.flatMap(({ option, example }) => ['--set', `${type}.${option}=${example}`])];
}

/** What the command says to export. */
function exported(context: TestContext): Record<string, string> {
  const names = [...context.out.matchAll(/^ {2}export (\w+)=/gm)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, 'a-secret-of-the-environment']));
}

/** The file with every commented option in force. */
const uncommented = (text: string): string => text.replaceAll(/^( *)# ( *(?:- )?\w+:(?: .*)?)$/gm, '$1$2');

async function answer(context: TestContext, question: RegExp, ...keys: readonly string[]): Promise<void> {
  await until(
    () => question.test(context.out),
    () => `no ${question} in ${context.out}`,
  );
  for (const key of keys) context.stdin.write(key);
}

describe('without questions', () => {
  test.each(types)('%s: the written file can be loaded with the variables that were named', async (type) => {
    const context = new TestContext({ folder });
    await context.run(initCommand, ...flagsFor(type), '--yes');
    const settings = await loadSettings(join(folder, USUAL), { env: exported(context) });
    expect(settings.destinations.map(({ name, type: loaded, enabled }) => ({ name, loaded, enabled }))).toStrictEqual([
      { name: type, loaded: type, enabled: true },
    ]);
    expect(settings.sources[0]?.url).toBe('https://api.grantex.dev');
    expect(settings.sources[0]?.apiKey).toBe('a-secret-of-the-environment');
  });

  test('all of them in one file', async () => {
    const context = new TestContext({ folder });
    await context.run(initCommand, ...types.flatMap(flagsFor), '--yes');
    const settings = await loadSettings(join(folder, USUAL), { env: exported(context) });
    expect(settings.destinations.map(({ name }) => name)).toStrictEqual(types);
  });

  test('nobody else can read the file', async () => {
    const context = new TestContext({ folder });
    await context.run(initCommand, ...flagsFor('datadog'), '--yes');
    expect((await stat(join(folder, USUAL))).mode & 0o137).toBe(0);
  });

  test('a destination can have a name, and then its secret has one too', async () => {
    const context = new TestContext({ folder });
    await context.run(initCommand, '--destination', 'datadog', '--destination', 'eu-site=datadog', '--yes');
    expect(Object.keys(exported(context)).toSorted()).toStrictEqual([
      'DD_API_KEY',
      'EU_SITE_DD_API_KEY',
      'GRANTEX_API_KEY',
    ]);
    const { destinations } = parse(await readFile(join(folder, USUAL), 'utf8'));
    expect(destinations['eu-site'].apiKey).toBe('${EU_SITE_DD_API_KEY}');
  });

  test('the dev-server needs no key', async () => {
    const context = new TestContext({ folder });
    await context.run(initCommand, '--source-url', 'http://127.0.0.1:4319', ...flagsFor('file'), '--yes');
    expect(exported(context)).toStrictEqual({});
    const settings = await loadSettings(join(folder, USUAL), { env: {} });
    expect(settings.sources.map(({ url, apiKey }) => ({ url, apiKey }))).toStrictEqual([
      { url: 'http://127.0.0.1:4319', apiKey: 'gx_test_dev_server' },
    ]);
    expect(context.out).toMatch(/grantex-forwarder dev-server/);
    const defaults = devServerCommand(context).opts();
    expect(defaults).toMatchObject({ port: 4319, key: settings.sources[0]?.apiKey });
  });

  test('a file that is there stays, unless --force', async () => {
    await writeFile(join(folder, 'mine.yaml'), 'precious');
    const context = new TestContext({ folder });
    await expect(context.run(initCommand, 'mine.yaml', ...flagsFor('file'), '--yes')).rejects.toThrow(
      /is there already; --force/,
    );
    expect(await readFile(join(folder, 'mine.yaml'), 'utf8')).toBe('precious');
    await context.run(initCommand, 'mine.yaml', ...flagsFor('file'), '--yes', '--force');
    expect(await readFile(join(folder, 'mine.yaml'), 'utf8')).toMatch(/^ {4}path: /m);
    expect((await stat(join(folder, 'mine.yaml'))).mode & 0o777).toBe(0o640);
  });

  test('--schema writes the schema, and the file refers to it', async () => {
    const context = new TestContext({ folder });
    await context.run(initCommand, ...flagsFor('file'), '--yes', '--schema', 'settings.schema.json');
    const [first] = (await readFile(join(folder, USUAL), 'utf8')).split('\n');
    expect(first).toBe('# yaml-language-server: $schema=./settings.schema.json');
    const schema = JSON.parse(await readFile(join(folder, 'settings.schema.json'), 'utf8'));
    expect(typeof schema.properties.destinations).toBe('object');
  });

  test.each([
    [[], /this is missing: --destination <datadog\|/],
    [['--destination', 's3'], /this is missing: --set s3\.bucket=/],
    [['--destination', 'datadgo'], /expected one of datadog, splunk/],
    [['--destination', 's3', '--destination', 's3'], /two destinations are named "s3"/],
    [['--destination', 's3', '--set', 's3.buckets=a'], /s3\.buckets: expected .*did you mean bucket/],
    [['--destination', 'splunk', '--set', 'splunk.hecUrl=here'], /splunk\.hecUrl: expected a URL/],
    [['--destination', 'datadog', '--set', 'datadog.apiKey=0123456789abcdef'], /does not belong on a command line/],
    [['--destination', 's3', '--set', 's3.secretAccessKey=0123456789abcdef'], /'\$\{NAME\}', or write it as file:/],
    [['--set', 's3.bucket=a'], /there is no destination "s3"/],
    [['--destination', 's3', '--set', 'bucket=a'], /expected name\.option=value/],
    [['--destination', 'file', '--source-url', 'http://events.example'], /--source-url: expected https/],
  ])('%j is told what is wrong, and nothing is written', async (flags, message) => {
    const context = new TestContext({ folder });
    const failure = await context.run(initCommand, ...flags).catch((error: unknown) => error);
    expect(failure).toMatchObject({ exitCode: 64, message: expect.stringMatching(message) });
    expect(String(failure)).not.toContain('0123456789abcdef');
    await expect(stat(join(folder, USUAL))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('values are read as the option wants them', async () => {
    const context = new TestContext({ folder });
    const set = [
      'kafka.sasl={ mechanism: plain, username: me, password: "${KAFKA_PASSWORD}" }',
      'bigquery.tableId=20260301',
      'bigquery.createTable=true',
      'kafka.brokers=a:9092, b:9092',
    ];
    const flags = [...flagsFor('bigquery'), ...flagsFor('kafka'), ...set.flatMap((each) => ['--set', each])];
    await context.run(initCommand, ...flags, '--yes');
    const { destinations } = parse(await readFile(join(folder, USUAL), 'utf8'));
    expect(destinations.bigquery.tableId).toBe('20260301');
    expect(destinations.bigquery.createTable).toBe(true);
    expect(destinations.kafka.sasl).toStrictEqual({
      mechanism: 'plain',
      username: 'me',
      password: '${KAFKA_PASSWORD}',
    });
    expect(destinations.kafka.brokers).toStrictEqual(['a:9092', 'b:9092']);
  });
});

describe('what stands in comments', () => {
  test.each(DESTINATION_TEMPLATES.map((template) => ({ type: template.definition.type, template })))(
    '$type: there are such options, and they take these values',
    async ({ type, template }) => {
      const context = new TestContext({ folder });
      await context.run(initCommand, ...flagsFor(type), '--yes');
      const text = uncommented(await readFile(join(folder, USUAL), 'utf8'));
      await writeFile(join(folder, 'open.yaml'), text);
      const names = [...text.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name);
      const env = Object.fromEntries(names.map((name) => [name, 'a-secret']));
      const settings = await loadSettings(join(folder, 'open.yaml'), { env });
      const [destination] = settings.destinations;
      const given = Object.keys(destination?.options ?? {});
      expect(Object.keys(template.common).filter((option) => !given.includes(option))).toStrictEqual([]);
      expect([typeof destination?.filter, typeof destination?.transform]).toStrictEqual(['function', 'function']);
      expect(settings.metrics.otlp?.url).toBe('http://127.0.0.1:4318/v1/metrics');
    },
  );

  test('what is said to be the default is the default', async () => {
    const context = new TestContext({ folder });
    await context.run(initCommand, ...flagsFor('file'), '--yes');
    const text = await readFile(join(folder, USUAL), 'utf8');
    await writeFile(join(folder, 'open.yaml'), uncommented(text));
    const env = exported(context);
    const open = await loadSettings(join(folder, 'open.yaml'), { env });
    const plain = await loadSettings(join(folder, USUAL), { env });
    const { journal, connections, server, logging } = plain;
    expect({ ...open, journal, connections, server, logging }).toStrictEqual({ ...open });
    const [first, second] = [plain.sources[0], open.sources[0]];
    expect({ ...second, types: undefined }).toStrictEqual({ ...first, types: undefined });
    expect([open.destinations[0]?.enabled, open.destinations[0]?.from]).toStrictEqual([
      plain.destinations[0]?.enabled,
      plain.destinations[0]?.from,
    ]);
  });
});

describe('on a terminal', () => {
  const terminal = { columns: 100, rows: 40 };
  const [DOWN, SPACE, ENTER, CTRL_C] = ['\u001b[B', ' ', '\r', '\u0003'];

  test('asks what is needed, and no secret', async () => {
    const context = new TestContext({ folder, terminal });
    const done = context.run(initCommand);
    await answer(context, /Where do the events come from/, DOWN, DOWN, ENTER);
    await answer(context, /Where do they go/, SPACE, DOWN, SPACE, ENTER);
    await answer(context, /Address of the HTTP Event Collector/, 'https://splunk.example:8088', ENTER);
    await done;
    const { sources, destinations } = parse(await readFile(join(folder, USUAL), 'utf8'));
    expect(sources).toStrictEqual({ dev: { url: 'http://127.0.0.1:4319', apiKey: 'gx_test_dev_server' } });
    expect(destinations).toStrictEqual({
      datadog: { type: 'datadog', apiKey: '${DD_API_KEY}' },
      splunk: { type: 'splunk', hecUrl: 'https://splunk.example:8088', hecToken: '${SPLUNK_HEC_TOKEN}' },
    });
  });

  test('a wrong answer is asked again', async () => {
    const context = new TestContext({ folder, terminal });
    const done = context.run(initCommand, '--source-url', 'https://grantex.example', '--destination', 'loki');
    await answer(context, /Base address of the Loki/, 'loki', ENTER);
    await answer(context, /expected a URL/, '\u0015', 'http://127.0.0.1:3100', ENTER);
    await done;
    const { sources, destinations } = parse(await readFile(join(folder, USUAL), 'utf8'));
    expect(sources.production.url).toBe('https://grantex.example');
    expect(destinations.loki.url).toBe('http://127.0.0.1:3100');
  });

  test('Ctrl-C ends it, and nothing is written', async () => {
    const context = new TestContext({ folder, terminal });
    const done = context.run(initCommand).catch((error: unknown) => error);
    await answer(context, /Where do the events come from/, CTRL_C);
    expect(await done).toMatchObject({ exitCode: 1, message: 'ended: nothing was written' });
    await expect(stat(join(folder, USUAL))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
