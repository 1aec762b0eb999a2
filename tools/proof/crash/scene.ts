import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventServer, HttpReceiver, type ReceivedRequest } from '@grantex/testing';
import { Account } from './account.ts';
import { ForwarderProcess } from './forwarder-process.ts';
import type { ForwarderSettings } from './messages.ts';
import { Publisher } from './publisher.ts';
import { JournalReader } from './sqlite.ts';

export interface SceneOptions {
  readonly eventsPerSecond: number;
  readonly seed: number;
  /** @defaultValue 'sqlite' */
  readonly journal?: ForwarderSettings['journal'];
  /** @defaultValue one, `receiver` */
  readonly destinations?: readonly string[];
  /** @defaultValue 1 GiB */
  readonly maxBytes?: number;
  /** Between two signs of life of the event server, milliseconds. @defaultValue 30_000 */
  readonly keepaliveMs?: number;
  /** @defaultValue 75_000 */
  readonly silenceTimeoutMs?: number;
}

export const BATCH_SIZE = 100;
/** What waits for one reader at most; a reader that was killed takes nothing. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** Settled events stay for a while, but not for a whole long run. */
const RETAIN_MS = 10_000;

/** Both ends of the forwarder in this process, its journal in a folder of its own, and the account of all events. */
export class Scene {
  readonly account: Account;
  readonly server: EventServer;
  readonly receivers: ReadonlyMap<string, HttpReceiver>;
  readonly publisher: Publisher;
  readonly #options: SceneOptions;
  readonly #folder: string;
  readonly #forwarders = new Set<ForwarderProcess>();

  private constructor(options: SceneOptions, folder: string, server: EventServer, receivers: Receivers) {
    this.#options = options;
    this.#folder = folder;
    this.server = server;
    this.receivers = receivers.byName;
    this.account = receivers.account;
    this.publisher = new Publisher(server, this.account, options.eventsPerSecond, options.seed);
  }

  static async open(options: SceneOptions): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), 'grantex-proof-'));
    const { keepaliveMs = 30_000 } = options;
    const server = await EventServer.start({ keepaliveMs, maxQueuedBytes: MAX_QUEUED_BYTES });
    return new Scene(options, folder, server, await Receivers.start(options.destinations ?? ['receiver']));
  }

  /** Starts a forwarder. What it tells to be in the journal is noted. */
  startForwarder({ takeover = false }: { readonly takeover?: boolean } = {}): ForwarderProcess {
    const { journal = 'sqlite', maxBytes = 1024 ** 3, silenceTimeoutMs = 75_000 } = this.#options;
    const destinations = [...this.receivers].map(([name, { url }]) => ({ name, url }));
    const forwarder = new ForwarderProcess(
      {
        url: this.server.url,
        key: this.server.key,
        journal,
        path: this.#path,
        takeover,
        destinations,
        batchSize: BATCH_SIZE,
        maxBytes,
        retainMs: RETAIN_MS,
        silenceTimeoutMs,
      },
      (ids) => this.account.noteAppended(ids),
    );
    this.#forwarders.add(forwarder);
    return forwarder;
  }

  /** Reads, as another program, what the journal has recorded. */
  noteRecords(): void {
    if (this.#options.journal === 'memory') return;
    using reader = new JournalReader(this.#path);
    this.account.noteGaps(reader.gaps());
    this.account.noteOverruns(reader.overruns());
    for (const { destination, eventId } of reader.deadLetters()) {
      if (eventId !== undefined) this.account.noteDeadLetter(destination, eventId);
    }
  }

  /** Those of the ids that are neither with the destination nor, for another program, in the journal. */
  missingNow(destination: string, ids: readonly string[]): readonly string[] {
    const unsettled = new Set(this.#options.journal === 'memory' ? [] : this.#unsettled(destination));
    return ids.filter((id) => !unsettled.has(id) && !this.account.hasArrived(destination, id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.publisher.stop();
    await Promise.all([...this.#forwarders].map((forwarder) => forwarder.kill()));
    await this.server.close();
    await Promise.all([...this.receivers.values()].map((receiver) => receiver.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #path(): string {
    return join(this.#folder, 'journal.db');
  }

  *#unsettled(destination: string): Generator<string> {
    using reader = new JournalReader(this.#path);
    const cursor = reader.cursors().find(({ name }) => name === destination);
    for (const { id } of reader.events(cursor?.below ?? 1)) yield id;
  }
}

/** The services that events are sent to. Each notes what it has stored, before it answers. */
class Receivers {
  readonly account: Account;
  readonly byName: ReadonlyMap<string, HttpReceiver>;

  private constructor(account: Account, byName: ReadonlyMap<string, HttpReceiver>) {
    this.account = account;
    this.byName = byName;
  }

  static async start(names: readonly string[]): Promise<Receivers> {
    const account = new Account(names);
    const byName = new Map<string, HttpReceiver>();
    for (const name of names) {
      const parse = (request: ReceivedRequest): readonly string[] => {
        account.noteArrived(name, idsIn(request));
        // The account is enough: a second one, inside the receiver, would only take memory.
        return [];
      };
      byName.set(name, await HttpReceiver.start({ keepBodies: false, parse }));
    }
    return new Receivers(account, byName);
  }
}

/** The ids of the events in a request, in order. */
export function idsIn({ body }: Pick<ReceivedRequest, 'body'>): string[] {
  return (JSON.parse(body.toString()) as { id: string }[]).map(({ id }) => id);
}
