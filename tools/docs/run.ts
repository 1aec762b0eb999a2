import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { datadogReceiver, EventServer, HttpReceiver, makeEvents, type ReceivedRequest } from '@grantex/testing';
import { DUMMY, DUMMY_SIGNING_KEY } from './dummy.ts';
import type { Finding } from './finding.ts';
import { start } from './process.ts';
import type { PageProgram } from './programs.ts';
import type { Scratch } from './scratch.ts';

/** Every type is among them. */
const EVENTS = 100;

/** For a program on a busy machine to connect, and to deliver. */
const PATIENCE_MS = 15_000;

/** A program that prints nothing and sends nothing has at least read the events. */
const READING_MS = 1_500;

const STREAM = 'https://api.grantex.dev';

/**
 * Runs a program of a page with nothing but its addresses replaced. One that listens to the stream gets events, then SIGTERM: it
 * has to end with 0, or by the signal. Any other has to end by itself with 0. What it sends to Datadog, or to a host
 * under `example`, has to arrive.
 */
export async function runProgram(program: PageProgram, scratch: Scratch, patienceMs = PATIENCE_MS): Promise<Finding[]> {
  const found = (message: string): Finding[] => [{ page: program.page, line: program.line, message }];
  await using server = await EventServer.start();
  await using datadog = await datadogReceiver();
  await using receiver = await HttpReceiver.start({
    parse: idsIn,
    answer: () => ({ status: 200, body: '{"code":0}' }),
  });
  const file = program.file.replace(/(?=\.\w+$)/, '-run');
  await scratch.write(file, redirected(program.text, server.url, datadog.url, receiver.url));
  const listens = program.text.includes(STREAM);
  const sends = /new (?:Datadog|Splunk|Http)Destination/.test(program.text);
  const arrived = (): Promise<unknown> =>
    sends
      ? Promise.any([datadog, receiver].map((each) => each.waitFor(1, { timeoutMs: patienceMs })))
      : sleep(READING_MS);
  const over = new AbortController();
  let conversation: Promise<void> | undefined;
  const watch = (child: ChildProcess): void => {
    if (listens) conversation ??= converse(child, server, arrived, patienceMs, over.signal);
  };
  const env = {
    ...secretsOf(program.text),
    GRANTEX_API_KEY: server.key,
    DD_API_KEY: datadog.apiKey,
    DD_SITE: undefined,
  };
  const { exitCode, signal, output } = await start(process.execPath, [file], {
    folder: scratch.folder,
    env,
    timeoutMs: 3 * patienceMs,
    watch,
  });
  over.abort();
  await conversation;
  if (exitCode !== 0 && signal !== 'SIGTERM') return found(`ended with ${exitCode ?? signal}:\n${output.trim()}`);
  if (!listens) return [];
  if (server.requests.length === 0) return found('never asked for the stream');
  if (sends && datadog.ids.length + receiver.ids.length === 0) return found(`delivered nothing:\n${output.trim()}`);
  return [];
}

/** Publishes when the program listens, gives it time to deliver, and asks it to end. */
async function converse(
  child: ChildProcess,
  server: EventServer,
  arrived: () => Promise<unknown>,
  patienceMs: number,
  over: AbortSignal,
): Promise<void> {
  try {
    await Promise.race([server.subscribed(1, { timeoutMs: patienceMs }), aborted(over)]);
    server.publish(makeEvents(EVENTS, { startTime: Date.now() }));
    await Promise.race([arrived(), aborted(over)]);
  } catch {
    // Told by what did not arrive.
  }
  child.kill('SIGTERM');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function redirected(text: string, stream: string, datadog: string, receiver: string): string {
  return text
    .replaceAll(STREAM, stream)
    .replaceAll(/https:\/\/[\w.-]+\.example(?:\.com)?(?::\d+)?/g, receiver)
    .replaceAll(/new DatadogDestination\(\{/g, `new DatadogDestination({ endpoint: '${datadog}',`);
}

function idsIn({ body }: ReceivedRequest): string[] {
  return [...body.toString().matchAll(/"(evt_\w+)"/g)].map(([, id = '']) => id);
}

/** A value for everything that it takes from the environment. */
function secretsOf(text: string): NodeJS.ProcessEnv {
  const names = [...text.matchAll(/process\.env(?:\.|\[['"])([A-Z]\w*)/g)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, /WEBHOOK|SIGN/.test(name) ? DUMMY_SIGNING_KEY : DUMMY]));
}
