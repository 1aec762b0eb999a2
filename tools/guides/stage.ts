import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Answer,
  datadogReceiver,
  type DatadogReceiver,
  EventServer,
  HttpReceiver,
  makeEvents,
  type ReceivedRequest,
  type TestEvent,
} from '@grantex/testing';
import { Program } from './program.ts';
import type { Project } from './project.ts';
import { runnable } from './snippets.ts';

const HEC_TOKEN = '5e1f7a52-3c9b-4f06-9a41-6d0c2b8e7f13';

/** An event server, and for one program an intake like Datadog's and a collector like Splunk's. */
export class Stage {
  readonly server: EventServer;
  readonly intake: DatadogReceiver;
  readonly collector: HttpReceiver;
  readonly #project: Project;

  private constructor(project: Project, server: EventServer, intake: DatadogReceiver, collector: HttpReceiver) {
    this.#project = project;
    this.server = server;
    this.intake = intake;
    this.collector = collector;
  }

  static async open(project: Project): Promise<Stage> {
    const collector = HttpReceiver.start({ parse: idsOfEnvelopes, answer: answerOfCollector });
    return new Stage(project, await EventServer.start(), await datadogReceiver(), await collector);
  }

  /** Starts a program of the guides with its addresses replaced and its keys in the environment. */
  async start(name: string, program: string, { key = this.server.key } = {}): Promise<Program> {
    const { folder, signal } = this.#project;
    const file = `run-${name}.ts`;
    const addresses = { grantex: this.server.url, datadog: this.intake.url, splunk: this.collector.url };
    await writeFile(join(folder, file), runnable(program, addresses));
    // Nothing else of this environment, so that it neither colours nor redirects.
    const env = { GRANTEX_API_KEY: key, DD_API_KEY: this.intake.apiKey, SPLUNK_HEC_TOKEN: HEC_TOKEN };
    return new Program(process.execPath, [file], { folder, env, signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.server.close(), this.intake.close(), this.collector.close()]);
  }
}

/** Events of all types with the time of now, which Datadog does not take for late. */
export function eventsOfNow(count: number): TestEvent[] {
  return makeEvents(count, { startTime: Date.now() });
}

/** Expects every event once, in order, with the five fields of the guide's table. */
export function expectLogs({ intake }: Stage, events: readonly TestEvent[]): void {
  expectSame(
    'ids at the intake',
    intake.ids,
    events.map(({ id }) => id),
  );
  for (const [index, event] of events.entries()) {
    const { ddsource, ddtags, hostname, service, message } = intake.logs[index]?.entry ?? {};
    expectSame(
      `fields of ${event.id}`,
      [ddsource, ddtags, hostname, service, message],
      ['grantex', `type:${event.type}`, 'grantex-auth-service', 'grantex', JSON.stringify(event)],
    );
  }
}

/** Expects every event once, in order, in the envelope of the guide. */
export function expectEnvelopes({ collector }: Stage, events: readonly TestEvent[]): void {
  const envelopes = collector.accepted.flatMap(envelopesIn);
  expectSame(
    'events at the collector',
    envelopes.map(({ event }) => JSON.stringify(event)),
    events.map((event) => JSON.stringify(event)),
  );
  for (const { time, source, sourcetype, index, event } of envelopes) {
    const seconds = Date.parse(event.createdAt) / 1_000;
    expectSame(`fields of ${event.id}`, [time, source, sourcetype, index], [seconds, 'grantex', '_json', 'main']);
  }
}

interface Envelope {
  readonly time: number;
  readonly source: string;
  readonly sourcetype: string;
  readonly index: string;
  readonly event: TestEvent;
}

function envelopesIn({ body }: ReceivedRequest): Envelope[] {
  const lines = body.toString().trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Envelope);
}

function idsOfEnvelopes(request: ReceivedRequest): string[] {
  return envelopesIn(request).map(({ event }) => event.id);
}

function answerOfCollector({ path, headers }: ReceivedRequest): Answer {
  const isRight = path === '/services/collector/event' && headers.authorization === `Splunk ${HEC_TOKEN}`;
  return isRight ? { status: 200, body: '{"text":"Success","code":0}' } : { status: 403 };
}

/** Compares two lists and tells the first difference. */
export function expectSame(what: string, actual: readonly unknown[], expected: readonly unknown[]): void {
  const length = Math.max(actual.length, expected.length);
  for (let index = 0; index < length; index++) {
    if (actual[index] === expected[index]) continue;
    const difference = `entry ${index} is ${String(actual[index])}, expected ${String(expected[index])}`;
    throw new Error(`${what}: ${actual.length} of ${expected.length}; ${difference}`);
  }
}
