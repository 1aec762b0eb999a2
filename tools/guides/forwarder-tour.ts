import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Answer,
  datadogReceiver,
  type DatadogReceiver,
  HttpReceiver,
  type ReceivedRequest,
} from '@grantex/testing';
import { expectExit, expectWords, type ForwarderFolder } from './forwarder-command.ts';
import { blockWith, readPage } from './forwarder-pages.ts';
import type { Program } from './program.ts';
import { expectSame } from './stage.ts';

/** For a program to start and an event to come, on a busy machine. */
export const PATIENCE = { timeoutMs: 20_000 };

/** Between two looks at what a program has printed. */
const LOOK_MS = 20;

const README = 'packages/forwarder/README.md';
const HEC_TOKEN = '5e1f7a52-3c9b-4f06-9a41-6d0c2b8e7f13';
const [CERTIFICATE, KEY] = ['self-signed.cert.pem', 'self-signed.key.pem'].map(
  (name) => new URL(`../../packages/destination-datadog/test/fixtures/${name}`, import.meta.url),
) as [URL, URL];

/** The event server that comes with the forwarder, with its usual traffic. */
export class DevServer implements AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly #program: Program;

  private constructor(program: Program, url: string, key: string) {
    this.#program = program;
    this.url = url;
    this.key = key;
  }

  static async start(project: ForwarderFolder): Promise<DevServer> {
    const program = project.start(['dev-server', '--port', '0', '--json']);
    const line = await program.during(firstLine(program, project.signal));
    const { url, api_key: key } = JSON.parse(line) as { readonly url: string; readonly api_key: string };
    return new DevServer(program, url, key);
  }

  async stop(): Promise<void> {
    expectExit(await this.#program.terminate(), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}

/** Seconds until the first event was at the service. */
export interface Times {
  /** From the start of `run`. */
  readonly fromRun: number;
  /** From the start of `npm install`. */
  readonly fromNothing: number;
}

/** `init`, `validate`, `test` and `run` to Datadog, as the README tells it. `startedAt`: when `npm install` began. */
export async function datadogTour(project: ForwarderFolder, startedAt: number): Promise<Times> {
  await using intake = await datadogReceiver({ apiKey: '5d0c34ad1f2e4b6a8c9e0f1a2b3c4d5e' });
  await using events = await DevServer.start(project);
  const env = { GRANTEX_API_KEY: events.key, DD_API_KEY: intake.apiKey };
  const file = 'grantex-forwarder.yaml';
  const flags = ['--source-url', events.url, '--destination', 'datadog', '--set', `datadog.endpoint=${intake.url}`];
  expectWords(await project.ask(['init', ...flags, '--yes']), ['GRANTEX_API_KEY', 'DD_API_KEY', 'validate --connect']);
  await freePort(project.path(file));

  expectWords(await project.ask(['validate'], env), [`${file}: fine`]);
  expectWords(await project.ask(['validate', '--connect'], env), ['datadog', 'the API key is valid', 'heard over sse']);
  expectWords(await project.ask(['test', 'datadog'], env), ['datadog: ok', 'find']);
  expectSame('types after the test event', intake.logs.map(typeOf), ['grantex.test']);

  const times = await runsUntilFirst(project, { args: [], env, intake, tested: 1, startedAt });
  await events.stop();
  return times;
}

/** What a newcomer gets wrong first: the key is missing, and then it is the wrong one. */
export async function datadogMistakes(project: ForwarderFolder): Promise<void> {
  await using intake = await datadogReceiver();
  const settings = ['sources:', '  dev: { url: http://127.0.0.1:1, apiKey: gx_test_dev_server }', 'destinations:'];
  settings.push('  datadog:', '    apiKey: ${DD_API_KEY}', `    endpoint: ${intake.url}`);
  await writeFile(project.path('mistakes.yaml'), `${settings.join('\n')}\n`);
  const missing = await project.npx(['validate', '--config', 'mistakes.yaml']);
  expectExit(missing, 78);
  expectWords(missing.stderr, ['mistakes.yaml:5', 'destinations.datadog.apiKey', 'set DD_API_KEY']);

  const wrong = await project.npx(['test', '--config', 'mistakes.yaml'], { DD_API_KEY: 'not-the-key' });
  expectExit(wrong, 1);
  expectWords(wrong.stdout, ['datadog: failed, 403', 'apiKey', 'site']);
  if (`${wrong.stdout}${wrong.stderr}`.includes('not-the-key')) throw new Error('the key is shown');
}

/** The README's file for a Splunk with a certificate of its own, with nothing but its addresses replaced. */
export async function splunkTour(project: ForwarderFolder): Promise<Times> {
  const startedAt = performance.now();
  const tls = { key: await readFile(KEY, 'utf8'), cert: await readFile(CERTIFICATE, 'utf8') };
  await using collector = await HttpReceiver.start({ tls, parse: idsOfEnvelopes, answer: answerOfCollector });
  await using events = await DevServer.start(project);
  const env = { SPLUNK_HEC_TOKEN: HEC_TOKEN };
  const block = blockWith(await readPage(README), 'yaml', 'https://splunk.example.com:8088', 'tls:');
  const settings = block
    .replace('http://127.0.0.1:4319', events.url)
    .replace('https://splunk.example.com:8088', collector.url);
  const config = ['--config', 'splunk.yaml'];
  const port = '\njournal: { folder: splunk-data }\nserver: { port: 0 }\n';
  await writeFile(project.path('splunk-ca.pem'), tls.cert);

  await writeFile(project.path('splunk.yaml'), settings.replace(/^ *tls:.*\n/m, '') + port);
  const untrusted = await project.npx(['test', ...config], env);
  expectExit(untrusted, 1);
  expectWords(untrusted.stdout, ['splunk: failed', 'certificate', 'tls.ca']);
  expectSame('requests without trust', [collector.requests.length], [0]);

  await writeFile(project.path('splunk.yaml'), settings + port);
  expectWords(await project.ask(['validate', '--connect', ...config], env), ['the token is valid', 'heard over sse']);
  expectWords(await project.ask(['test', 'splunk', ...config], env), ['splunk: ok', 'find']);
  const tested = collector.ids.length;
  const times = await runsUntilFirst(project, { args: config, env, intake: collector, tested, startedAt });
  await events.stop();
  return times;
}

interface FirstRun {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly intake: HttpReceiver | DatadogReceiver;
  /** Ids that are there already. */
  readonly tested: number;
  readonly startedAt: number;
}

/** `run`, until an event is at the service; then what a newcomer looks at, and SIGTERM. */
async function runsUntilFirst(
  project: ForwarderFolder,
  { args, env, intake, tested, startedAt }: FirstRun,
): Promise<Times> {
  const runAt = performance.now();
  await using program = project.start(['run', ...args], env);
  await program.during(intake.waitFor(tested + 1, PATIENCE));
  const now = performance.now();
  const id = intake.ids[tested] ?? '';
  expectWords(await project.ask(['explain', id, ...args], env), [id, 'delivered', '1 attempt']);
  expectWords(await project.ask(['top', '--once', ...args], env), ['running', 'heard', 'delivering']);
  expectWords(await project.ask(['tail', '--last', '1000', '--no-follow', '--json', ...args], env), [id]);
  const ending = await program.terminate();
  expectExit(ending, 0);
  const messages = ending.stderr.trimEnd().split('\n').map(messageOf);
  expectWords(messages.join('\n'), ['running', 'stopped']);
  expectSame('events that came twice', [intake.ids.length - new Set(intake.ids).size], [0]);
  return { fromRun: (now - runAt) / 1_000, fromNothing: (now - startedAt) / 1_000 };
}

/** The comments of the file are settings: without their sign they hold. */
async function freePort(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const changed = text.replace(/^# server:$/m, 'server:').replace(/^# {3}port: \d+$/m, '  port: 0');
  if (!changed.includes('\nserver:\n') || !changed.includes('\n  port: 0\n')) throw new Error(`no server in:\n${text}`);
  await writeFile(file, changed);
}

async function firstLine(program: Program, signal: AbortSignal): Promise<string> {
  const end = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE.timeoutMs)]);
  while (!program.stdout.includes('\n')) await sleep(LOOK_MS, undefined, { signal: end });
  return program.stdout.slice(0, program.stdout.indexOf('\n'));
}

/** Where there is no terminal, every line is JSON. */
function messageOf(line: string): string {
  return (JSON.parse(line) as { readonly msg: string }).msg;
}

function typeOf({ entry }: DatadogReceiver['logs'][number]): string {
  return (JSON.parse(String(entry['message'])) as { readonly type: string }).type;
}

function idsOfEnvelopes({ body }: ReceivedRequest): string[] {
  const lines = body.toString().trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { readonly event: { readonly id: string } }).event.id);
}

/** As Splunk answers; the token is looked at with a blank event, which Splunk never takes. */
function answerOfCollector({ path, headers, body }: ReceivedRequest): Answer {
  const isRight = path === '/services/collector/event' && headers.authorization === `Splunk ${HEC_TOKEN}`;
  if (!isRight) return { status: 403, body: '{"text":"Invalid token","code":4}' };
  return body.toString().includes('"event":""')
    ? { status: 400, body: '{"text":"Event field cannot be blank","code":13,"invalid-event-number":0}' }
    : { status: 200, body: '{"text":"Success","code":0}' };
}
