import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventStream, EventServer, type TestEvent } from '@grantex/testing';
import { type Account, accountLine, takeAccount, verdict } from './account.ts';
import { Program } from './program.ts';

/** An example takes some seconds. This is for a machine with other work. */
const WHOLE_MS = 50_000;
/** For what a receiver waits for; the whole is over before. */
export const PATIENCE = { timeoutMs: WHOLE_MS };
const EVENTS_IN_A_GROUP = 20;

/** A program of an example, tried on this machine: an event server, what is published, and an account at the end. */
export class Trial {
  readonly server: EventServer;
  readonly #file: URL;
  readonly #startedAt = performance.now();
  readonly #events = eventStream({ now: () => Date.now() });
  readonly #publishedAt = new Map<string, number>();
  readonly #programs: Program[] = [];
  readonly #folders: string[] = [];
  readonly #accounts: Account[] = [];
  readonly #failure = Promise.withResolvers<never>();

  private constructor(server: EventServer, file: URL) {
    this.server = server;
    this.#file = file;
  }

  /** Runs the scenario, prints the accounts that it took, and ends this process: 0 when nothing is missing, else 1. */
  static async run(file: URL, scenario: (trial: Trial) => Promise<void>): Promise<never> {
    const trial = new Trial(await EventServer.start(), file);
    const fail = (reason: string): void => trial.#failure.reject(new Error(reason));
    setTimeout(() => fail(`still not there after ${WHOLE_MS / 1_000} s`), WHOLE_MS);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => fail(signal));
    let isGood = false;
    try {
      await Promise.race([scenario(trial), trial.#failure.promise]);
      isGood = trial.#tell();
    } catch (error) {
      console.log(`FAILED: ${(error as Error).message}`);
    }
    await Promise.all(trial.#programs.map((program) => program.kill()));
    await Promise.all(trial.#folders.map((folder) => rm(folder, { recursive: true })));
    process.exit(isGood ? 0 : 1);
  }

  /** Starts the program of the example, with the address and the key of the event server. */
  start(
    env: Readonly<Record<string, string>> = {},
    options: { readonly onLine?: (line: string) => void } = {},
  ): Program {
    const { url, key } = this.server;
    return this.run(this.#file, { env: { GRANTEX_URL: url, GRANTEX_API_KEY: key, ...env }, ...options });
  }

  /** Starts any program. Its lines are shown, unless there is a listener of their own. */
  run(
    file: URL,
    options: {
      readonly args?: readonly string[];
      readonly folder?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly onLine?: (line: string) => void;
    },
  ): Program {
    const program = new Program(file, {
      onLine: (line) => console.log(`         | ${line}`),
      onFailure: (reason) => this.#failure.reject(new Error(reason)),
      ...options,
    });
    this.#programs.push(program);
    return program;
  }

  /** Makes an empty folder that is gone at the end. */
  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'grantex-example-'));
    this.#folders.push(folder);
    return folder;
  }

  /** A line with the time since the start. */
  say(text: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(1);
    console.log(`${seconds.padStart(5)} s  ${text}`);
  }

  /** Resolves when the program listens with so many connections: what is published before, it cannot hear. */
  async listening(connections = 1): Promise<void> {
    await this.server.subscribed(connections, PATIENCE);
  }

  /** Publishes until it has happened. The second connection is opened when the first is heard, which takes an event. */
  async publishUntil(happened: Promise<void>): Promise<TestEvent[]> {
    await this.listening();
    const published: TestEvent[] = [];
    const goesOn = happened.then(() => false);
    do {
      published.push(...(await this.publish(EVENTS_IN_A_GROUP)));
    } while (await Promise.race([goesOn, Promise.resolve(true)]));
    return published;
  }

  /** Publishes so many events of all types, 500 a second. */
  async publish(count: number): Promise<TestEvent[]> {
    const published: TestEvent[] = [];
    while (published.length < count) {
      const size = Math.min(EVENTS_IN_A_GROUP, count - published.length);
      const group = Array.from({ length: size }, () => this.#events.next().value);
      this.server.publish(group);
      for (const { id } of group) this.#publishedAt.set(id, Date.now());
      published.push(...group);
      await sleep(group.length * 2);
    }
    return published;
  }

  /** Whether the event was published in that time. Unix epoch, milliseconds. */
  wasPublished({ id }: TestEvent, { from, to }: { readonly from: number; readonly to: number }): boolean {
    const at = this.#publishedAt.get(id) ?? 0;
    return from <= at && at <= to;
  }

  /** For the account at the end: what a destination should have, and what it has. */
  account(name: string, wanted: readonly { readonly id: string }[], arrived: readonly string[]): void {
    this.#accounts.push(
      takeAccount(
        name,
        wanted.map(({ id }) => id),
        arrived,
      ),
    );
  }

  #tell(): boolean {
    const last = verdict(this.#accounts);
    console.log(`\n${[...this.#accounts.map(accountLine), last].join('\n')}`);
    return last.startsWith('Nothing');
  }
}
