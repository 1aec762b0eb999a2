import { setTimeout as sleep } from 'node:timers/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'node:util';
import { describeEnding, type Ending, run } from './program.ts';
import type { Project } from './project.ts';
import { guidePrograms } from './snippets.ts';
import { eventsOfNow, expectEnvelopes, expectLogs, expectSame, Stage } from './stage.ts';

/** Two full batches of the guide's `batchSize`, and a rest that waits for the timer (5 s) or for `stop()`. */
const FULL_BATCHES = 200;
const REST = 50;

/** For a program on a busy machine to start, and for the guide's `flushIntervalMs` to pass. */
const PATIENCE = { timeoutMs: 15_000 };

/** Long enough for a program to read what is in its socket, well below the guide's `flushIntervalMs`. */
const READING_MS = 500;

export async function setupDelivers(project: Project): Promise<void> {
  await using stage = await Stage.open(project);
  await using program = await stage.start('datadog-setup', guidePrograms['datadog-setup']);
  await program.during(stage.server.subscribed(1, PATIENCE));
  const events = eventsOfNow(FULL_BATCHES + REST);
  stage.server.publish(events);
  await program.during(stage.intake.waitFor(events.length, PATIENCE));
  expectLogs(stage, events);
  expectSilence(program.stdout + program.stderr);
}

export async function basicUsageDelivers(project: Project): Promise<void> {
  await using stage = await Stage.open(project);
  await using program = await stage.start('basic-usage', guidePrograms['basic-usage']);
  await program.during(stage.server.subscribed(1, PATIENCE));
  const events = eventsOfNow(FULL_BATCHES + REST);
  const asked = ['grant.created', 'grant.revoked', 'token.issued'];
  const wanted = events.filter(({ type }) => asked.includes(type));
  stage.server.publish(events);
  await program.during(stage.intake.waitFor(wanted.length, PATIENCE));
  await program.during(stage.collector.waitFor(wanted.length, PATIENCE));
  expectLogs(stage, wanted);
  expectEnvelopes(stage, wanted);
  expectSilence(program.stdout + program.stderr);
}

export async function filteringDelivers(project: Project): Promise<void> {
  await using stage = await Stage.open(project);
  await using program = await stage.start('filtering', guidePrograms.filtering);
  await program.during(stage.server.subscribed(1, PATIENCE));
  const events = eventsOfNow(FULL_BATCHES + REST);
  const asked = ['grant.created', 'grant.revoked', 'budget.exhausted'];
  const wanted = events.filter(({ type }) => asked.includes(type));
  stage.server.publish(events);
  await program.during(stage.intake.waitFor(wanted.length, PATIENCE));
  expectLogs(stage, wanted);
  expectSilence(program.stdout + program.stderr);
}

export async function shutdownDelivers(
  project: Project,
  name: 'graceful-shutdown' | 'graceful-shutdown-short',
): Promise<void> {
  await using stage = await Stage.open(project);
  await using program = await stage.start(name, guidePrograms[name]);
  await program.during(stage.server.subscribed(1, PATIENCE));
  const events = eventsOfNow(FULL_BATCHES + REST);
  stage.server.publish(events.slice(0, FULL_BATCHES));
  await program.during(stage.intake.waitFor(FULL_BATCHES, PATIENCE));
  stage.server.publish(events.slice(FULL_BATCHES));
  await sleep(READING_MS);
  expectSame('batches before SIGTERM', [stage.intake.ids.length], [FULL_BATCHES]);
  const ending = await program.terminate();
  expectPeacefulEnd(ending);
  expectSilence(ending.stdout + ending.stderr);
  expectLogs(stage, events);
}

export async function customDestinationReceives(project: Project): Promise<void> {
  await using stage = await Stage.open(project);
  await using program = await stage.start('custom-destination', guidePrograms['custom-destination-in-use']);
  await program.during(stage.server.subscribed(1, PATIENCE));
  const events = eventsOfNow(FULL_BATCHES + REST);
  stage.server.publish(events);
  await sleep(READING_MS);
  const ending = await program.terminate();
  expectPeacefulEnd(ending);
  const lines = ending.stdout.trimEnd().split('\n');
  const sent = lines.filter((line) => line.startsWith('sent '));
  expectSame(
    'events',
    sent,
    events.map(({ id }) => `sent ${id}`),
  );
  expectSame('the last two calls', lines.slice(-2), ['flushed', 'closed']);
  expectSilence(ending.stderr);
}

export async function fetchPrints(project: Project): Promise<void> {
  await using stage = await Stage.open(project);
  await using program = await stage.start('fetch-stream', guidePrograms['fetch-stream']);
  await program.during(stage.server.subscribed(1, PATIENCE));
  // Few: the guide's loop loses a line that two reads share.
  const events = eventsOfNow(5);
  stage.server.publish(events);
  await stage.server.drained();
  stage.server.end();
  const ending = await program.ended;
  expectPeacefulEnd(ending);
  const printed = events.map(({ type, data }) => `${format(type, data)}\n`).join('');
  expectSame('lines', ending.stdout.split('\n'), printed.split('\n'));
  expectSilence(ending.stderr);
}

/**
 * What Node prints of an uncaught error: the place, an empty line, the error with its stack (`...` stands for lines that its
 * cause has, too) and its fields, its version.
 */
const UNCAUGHT =
  /^\S+:\d+\n.*\n *\^\n\n(?<error>\S.*)\n(?: +(?:at|\.{3}) .*\n)* +at .* \{\n(?: .*\n)*\}\n\nNode\.js v\S+\n$/;

/** The stream is refused at once; what is left of this is the start of the process. */
const REFUSAL_MS = 2_000;

export async function wrongKeyIsTold(project: Project): Promise<void> {
  await using stage = await Stage.open(project);
  const startedAt = performance.now();
  const key = 'gx_test_not_a_key_of_this_server';
  await using program = await stage.start('wrong-key', guidePrograms['datadog-setup'], { key });
  const ending = await program.ended;
  const elapsedMs = performance.now() - startedAt;
  const shown = describeEnding(ending);
  if (ending.exitCode !== 1) throw new Error(`expected exit code 1, got ${shown}`);
  const error = UNCAUGHT.exec(ending.stderr)?.groups?.['error'];
  if (error === undefined) throw new Error(`expected an uncaught error and nothing else, got ${shown}`);
  expectSame('the error', [error], ['StreamError: Failed to connect to event stream: 401']);
  if (shown.includes(key)) throw new Error('the key is shown');
  expectSilence(ending.stdout);
  if (elapsedMs > REFUSAL_MS) throw new Error(`it took ${Math.round(elapsedMs)} ms, expected ${REFUSAL_MS} at most`);
}

export async function commonJsLoads({ folder, signal }: Project): Promise<void> {
  const names = 'EventSource, DatadogDestination';
  const program = `const { ${names} } = require('@grantex/destinations');\nconsole.log(${names});\n`;
  await writeFile(join(folder, 'run-require.cjs'), program);
  const printed = await run(process.execPath, ['run-require.cjs'], { folder, env: {}, signal });
  const classes = '[class EventSource] [class DatadogDestination extends BatchingDestination]\n';
  expectSame('the classes', [printed], [classes]);
}

function expectPeacefulEnd(ending: Ending): void {
  if (ending.exitCode !== 0) throw new Error(`expected exit code 0, got ${describeEnding(ending)}`);
}

function expectSilence(printed: string): void {
  if (printed !== '') throw new Error(`expected nothing printed, got:\n${printed.trimEnd()}`);
}
