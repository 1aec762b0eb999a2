import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { datadogReceiver, type DatadogReceiver, EventServer, makeEvents, type TestEvent } from '@grantex/testing';
import { Program } from './program.ts';
import type { Project } from './project.ts';
import { runnable } from './snippets.ts';

/** An event server and a Datadog-like intake for one program. */
export class Stage {
  readonly server: EventServer;
  readonly intake: DatadogReceiver;
  readonly #project: Project;

  private constructor(project: Project, server: EventServer, intake: DatadogReceiver) {
    this.#project = project;
    this.server = server;
    this.intake = intake;
  }

  static async open(project: Project): Promise<Stage> {
    const [server, intake] = await Promise.all([EventServer.start(), datadogReceiver()]);
    return new Stage(project, server, intake);
  }

  /** Starts a program of the guides with its addresses replaced and its keys in the environment. */
  async start(name: string, program: string, { key = this.server.key } = {}): Promise<Program> {
    const { folder, signal } = this.#project;
    const file = `run-${name}.ts`;
    await writeFile(join(folder, file), runnable(program, { grantex: this.server.url, datadog: this.intake.url }));
    // Nothing else of this environment, so that it neither colours nor redirects.
    const env = { GRANTEX_API_KEY: key, DD_API_KEY: this.intake.apiKey };
    return new Program(process.execPath, [file], { folder, env, signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.server.close(), this.intake.close()]);
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

/** Compares two lists and tells the first difference. */
export function expectSame(what: string, actual: readonly unknown[], expected: readonly unknown[]): void {
  const length = Math.max(actual.length, expected.length);
  for (let index = 0; index < length; index++) {
    if (actual[index] === expected[index]) continue;
    const difference = `entry ${index} is ${String(actual[index])}, expected ${String(expected[index])}`;
    throw new Error(`${what}: ${actual.length} of ${expected.length}; ${difference}`);
  }
}
