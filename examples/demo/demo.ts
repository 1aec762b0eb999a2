import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DemoProcess, type DemoProcessOptions } from './demo-process.ts';
import { Ledger } from './ledger.ts';
import type { Address, EventServerMessage, ForwarderMessage, IntakeMessage } from './messages.ts';
import { bar, count, seconds, type DemoResult } from './report.ts';
import { DEAD_MS, EVENTS, EVENTS_PER_SECOND, KILL_AT, START_MS, WHOLE_MS } from './scenario.ts';
import type { Terminal } from './terminal.ts';

const POLL_MS = 20;
const PROGRESS_MS = 100;
/** When the forwarder receives nothing for so long, what it has not received does not come any more. */
const QUIET_MS = 2_000;

/** Runs the three processes, shows what they do, and compares what the first has emitted with what the last has stored. */
export class Demo {
  readonly #terminal: Terminal;
  readonly #processes: { kill(): Promise<void> }[] = [];
  readonly #ledger = new Ledger();
  /** Aborted with the reason for which the demo cannot go on. */
  readonly #failure = new AbortController();
  #eventServer: Address | undefined;
  #intake: Address | undefined;
  #forwarder: ForwarderMessage | undefined;
  #receivedAt = 0;
  /** Where the forwarder's journal lies. */
  #folder = '';
  #startedAt: number | undefined;
  #isAllEmitted = false;
  #requests: number | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Rejects with a reason for the user when it cannot come to its end. Leaves no process behind. */
  async run({ sabotage }: { readonly sabotage: boolean }): Promise<DemoResult> {
    const whole = setTimeout(
      () => this.fail(`still not there after ${WHOLE_MS / 1_000} s${this.#lastError()}`),
      WHOLE_MS,
    );
    const progress = setInterval(() => this.#showProgress(), PROGRESS_MS);
    try {
      return await this.#run(sabotage);
    } finally {
      clearInterval(progress);
      clearTimeout(whole);
      this.#terminal.endProgress();
      await Promise.all(this.#processes.map((each) => each.kill()));
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  /** Ends it before its time. */
  fail(reason: string): void {
    this.#failure.abort(new Error(reason));
  }

  async #run(sabotage: boolean): Promise<DemoResult> {
    this.#terminal.line(`${count(EVENTS)} events, ${count(EVENTS_PER_SECOND)} a second, through three processes:`);
    this.#terminal.line();
    this.#startEventServer();
    const intake = this.#startIntake(sabotage);
    const from = await this.#until(() => this.#eventServer, 'the event server to be ready');
    const to = await this.#until(() => this.#intake, 'the intake to be ready');
    this.#folder = await mkdtemp(join(tmpdir(), 'grantex-demo-'));
    const first = this.#startForwarder(from, to);
    if (sabotage) this.#terminal.line('\n  Sabotage: the intake will forget one event after it has accepted it.');
    this.#terminal.line();
    const startedAt = await this.#until(() => this.#startedAt, 'the forwarder to subscribe');
    await this.#until(() => this.#ledger.stored >= KILL_AT || undefined);
    await first.kill();
    this.#say('the forwarder is killed (SIGKILL)');
    await sleep(DEAD_MS);
    const forwarder = this.#startForwarder(from, to);
    this.#receivedAt = performance.now();
    await this.#until(() => this.#isAllReceived() || undefined);
    // What still waits in the forwarder is delivered while it stops.
    forwarder.terminate();
    await this.#until(() => forwarder.hasEnded || undefined);
    const ms = performance.now() - startedAt;
    intake.tell('finish');
    const requests = await this.#until(() => this.#requests);
    this.#showProgress();
    const { gaps = [], deadLetters = 0 } = this.#forwarder?.journal ?? {};
    return { ...this.#ledger.compare(gaps), gaps, deadLetters, requests, ms };
  }

  #startEventServer(): void {
    this.#startProcess<EventServerMessage>('event server', {
      role: 'publishes events, like the Grantex auth service',
      file: 'event-server.ts',
      onMessage: (message) => {
        if (message.kind === 'ready') {
          this.#eventServer = message;
        } else if (message.kind === 'emitted') {
          this.#startedAt ??= performance.now();
          this.#ledger.noteEmitted(message.ids, message.at);
        } else if (message.kind === 'cut') {
          this.#say('one of the two connections is cut, the other goes on');
        } else {
          this.#isAllEmitted = true;
        }
      },
    });
  }

  #startIntake(sabotage: boolean): DemoProcess<IntakeMessage> {
    return this.#startProcess<IntakeMessage>('intake', {
      role: 'takes in logs, like Datadog',
      file: 'intake.ts',
      args: sabotage ? ['--sabotage'] : [],
      onMessage: (message) => {
        if (message.kind === 'ready') this.#intake = message;
        else if (message.kind === 'stored') this.#ledger.noteStored(message.ids);
        else if (message.kind === 'trouble') this.#say(message.text);
        else this.#requests = message.requests;
      },
    });
  }

  #startForwarder(from: Address, to: Address): DemoProcess<ForwarderMessage> {
    this.#forwarder = undefined;
    return this.#startProcess<ForwarderMessage>('forwarder', {
      role: 'brings them from the one to the other with @grantex/destinations',
      file: 'forwarder.ts',
      env: {
        GRANTEX_URL: from.url,
        GRANTEX_API_KEY: from.key,
        DD_ENDPOINT: to.url,
        DD_API_KEY: to.key,
        JOURNAL: join(this.#folder, 'journal.db'),
      },
      onMessage: (stats) => {
        if (stats.journal.head !== this.#forwarder?.journal.head) this.#receivedAt = performance.now();
        this.#forwarder = stats;
      },
    });
  }

  #startProcess<Message>(
    name: string,
    { role, ...options }: { role: string } & Omit<DemoProcessOptions<Message>, 'onLine' | 'onFailure'>,
  ): DemoProcess<Message> {
    const started = new DemoProcess({
      ...options,
      onLine: (line) => this.#say(`${name}: ${line}`),
      onFailure: (how) => this.fail(`the ${name} ended too early (${how})`),
    });
    this.#processes.push(started);
    this.#terminal.line(`  ${name.padEnd(12)}  process ${String(started.pid).padEnd(7)}  ${role}`);
    return started;
  }

  #isAllReceived(): boolean {
    // Before it hears the stream again it cannot know that it has missed something.
    if (!this.#isAllEmitted || this.#forwarder?.state !== 'heard') return false;
    const isQuiet = performance.now() - this.#receivedAt > QUIET_MS;
    return this.#forwarder.journal.head === this.#ledger.emitted || isQuiet;
  }

  /** Waits until there is something to be seen. With a `what` only for as long as a start may take. */
  async #until<T>(look: () => T | undefined, what?: string): Promise<T> {
    const patienceEnds = performance.now() + START_MS;
    for (;;) {
      this.#failure.signal.throwIfAborted();
      const seen = look();
      if (seen !== undefined) return seen;
      if (what !== undefined && performance.now() > patienceEnds) {
        throw new Error(`waited ${START_MS / 1_000} s for ${what}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** A line that stays, with the time. */
  #say(text: string): void {
    this.#terminal.line(`${this.#elapsed()}  ${text}`);
  }

  #showProgress(): void {
    if (this.#startedAt === undefined) return;
    const { emitted, stored } = this.#ledger;
    const state = this.#forwarder?.destinations['datadog']?.state ?? '';
    const [all, delivered, waiting] = [emitted, stored, emitted - stored].map((value) => count(value).padStart(5));
    const counts = `emitted ${all}  delivered ${delivered}  waiting ${waiting}`;
    this.#terminal.progress(`${this.#elapsed()}  ${bar(stored / EVENTS)}  ${counts}  ${state}`);
  }

  #lastError(): string {
    const lastError = this.#forwarder?.destinations['datadog']?.lastError;
    return lastError === undefined ? '' : `; the forwarder's last error was: ${lastError.message}`;
  }

  #elapsed(): string {
    return seconds(this.#startedAt === undefined ? 0 : performance.now() - this.#startedAt);
  }
}
