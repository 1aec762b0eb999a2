import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource, type Gap, type Logger, type TransportName } from '@grantex/core';
import { HttpDestination } from '@grantex/destination-http';
import { EventServer, HttpReceiver } from '@grantex/testing';
import { Account } from '../crash/account.ts';
import { AnnouncedJournal } from '../crash/announced-journal.ts';
import { Publisher } from '../crash/publisher.ts';
import { idsIn } from '../crash/scene.ts';
import { seededRandom } from '../crash/seeded-random.ts';
import { SqliteJournal } from '../crash/sqlite.ts';
import { Relay } from './relay.ts';

export interface SceneOptions {
  readonly eventsPerSecond: number;
  readonly seed: number;
  readonly connections: number;
  /** Taken in turn by the connections. */
  readonly transports: readonly TransportName[];
  /** Milliseconds for which each byte of the stream is on its way. @defaultValue 0 */
  readonly latencyMs?: number | undefined;
  /** @defaultValue that of the source */
  readonly silenceTimeoutMs?: number | undefined;
  /** @defaultValue that of the source */
  readonly firstByteTimeoutMs?: number | undefined;
}

export const DESTINATION = 'receiver';
const BATCH_SIZE = 500;
/** What waits for one reader at most. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
const KEEPALIVE_MS = 1_000;
/** Connections open one after the other, up to 10 s apart; a refused connect is made again after 30 s at most. */
const HEARD_TIMEOUT_MS = 90_000;
const LOOK_MS = 2;

/** The event server, a relay before it, the real source with its journal on disk, and a real receiver. */
export class Scene {
  readonly account: Account;
  readonly publisher: Publisher;
  readonly server: EventServer;
  readonly relay: Relay;
  readonly source: EventSource;
  readonly gaps: Gap[] = [];
  /** What the source has warned of. */
  readonly lines: string[] = [];
  readonly connections: number;
  readonly #receiver: HttpReceiver;
  readonly #folder: string;
  readonly #running: Promise<void>;

  private constructor(
    options: SceneOptions,
    folder: string,
    ends: { server: EventServer; relay: Relay; receiver: HttpReceiver; account: Account },
  ) {
    const { server, relay, receiver, account } = ends;
    this.account = account;
    this.server = server;
    this.relay = relay;
    this.connections = options.connections;
    this.#receiver = receiver;
    this.#folder = folder;
    this.publisher = new Publisher(server, account, options.eventsPerSecond, options.seed);
    const journal = new SqliteJournal({ path: join(folder, 'journal.db') });
    this.source = new EventSource({
      url: relay.url,
      apiKey: server.key,
      connections: options.connections,
      transport: options.transports.slice(0, options.connections),
      journal: new AnnouncedJournal(journal, (ids) => account.noteAppended(ids)),
      logger: keepingLogger(this.lines),
      onGap: (gap) => this.gaps.push(gap),
      random: seededRandom(options.seed),
      ...(options.silenceTimeoutMs !== undefined && { silenceTimeoutMs: options.silenceTimeoutMs }),
      ...(options.firstByteTimeoutMs !== undefined && { firstByteTimeoutMs: options.firstByteTimeoutMs }),
    });
    this.source.addDestination(
      new HttpDestination({ name: DESTINATION, url: receiver.url, batchSize: BATCH_SIZE, flushIntervalMs: 50 }),
    );
    this.#running = this.source.start();
    this.#running.catch(() => {}); // Whoever waits for something tells that it did not come.
  }

  static async open(options: SceneOptions): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), 'grantex-cuts-'));
    const account = new Account([DESTINATION]);
    const server = await EventServer.start({ keepaliveMs: KEEPALIVE_MS, maxQueuedBytes: MAX_QUEUED_BYTES });
    const relay = await Relay.start(server.port, options.latencyMs ?? 0);
    const receiver = await HttpReceiver.start({
      keepBodies: false,
      parse: (request) => {
        account.noteArrived(DESTINATION, idsIn(request));
        return []; // The account is enough: a second one, inside the receiver, would only take memory.
      },
    });
    return new Scene(options, folder, { server, relay, receiver, account });
  }

  /** Publishing begins when every connection stands, so that nothing is missing at the beginning. */
  async begin(): Promise<void> {
    await this.server.subscribed(this.connections, { timeoutMs: HEARD_TIMEOUT_MS });
    this.publisher.start();
    await this.allHeard();
  }

  /** Resolves when the client hears the stream on every connection. */
  async allHeard(): Promise<void> {
    await this.until(
      () => Math.min(this.relay.heard.length, this.server.connections) >= this.connections,
      `${this.connections} connections`,
    );
  }

  async until(holds: () => boolean, what: string, timeoutMs: number = HEARD_TIMEOUT_MS): Promise<void> {
    for (const from = performance.now(); !holds(); await sleep(LOOK_MS)) {
      if (performance.now() - from < timeoutMs) continue;
      throw new Error(`${what} did not come in ${timeoutMs} ms:\n${this.lines.slice(-10).join('\n')}`);
    }
  }

  /** Ends the publishing, has everything delivered, and notes the gaps that the journal has. Returns faults. */
  async finish(): Promise<string[]> {
    await this.allHeard();
    await this.publisher.stop();
    await this.#quiet();
    const { remaining } = await this.source.stop();
    const recorded = this.source.stats().journal.gaps;
    this.account.noteGaps(recorded);
    const faults = remaining.map(({ destination, events }) => `${destination}: ${events} events were left at the stop`);
    if (recorded.length !== this.gaps.length) {
      faults.push(`${recorded.length} gaps are in the journal, and ${this.gaps.length} were told`);
    }
    return faults;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.publisher.stop();
    await this.source.stop({ deadlineMs: 5_000 });
    this.relay.close();
    await this.server.close();
    await this.#receiver.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** What was published is on its way until nothing more comes. */
  async #quiet(): Promise<void> {
    for (let before = -1; before !== this.source.stats().received; await sleep(500)) {
      before = this.source.stats().received;
    }
  }
}

function keepingLogger(lines: string[]): Logger {
  const keep = (text: string): void => void lines.push(text);
  return { debug: () => {}, info: () => {}, warn: keep, error: keep };
}
