import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PublisherCommand, PublisherNews } from './publisher-messages.ts';

const PROGRAM = fileURLToPath(new URL('publisher.ts', import.meta.url));

/** The event server and its publisher, in a process of their own. */
export class PublisherProcess implements AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #published = 0;
  #isEnded = false;
  /** Unix epoch, milliseconds. */
  startedAt = 0;
  endedAt = 0;

  private constructor(child: ChildProcess, { url, key }: Extract<PublisherNews, { kind: 'ready' }>) {
    this.#child = child;
    this.url = url;
    this.key = key;
    this.#closed = once(child, 'close');
    child.on('message', (news: PublisherNews) => {
      if (news.kind === 'ready') return;
      this.#published = news.count;
      this.#isEnded = news.kind === 'ended';
    });
  }

  static async start(eventsPerSecond: number, seed: number): Promise<PublisherProcess> {
    const child = fork(PROGRAM, [String(eventsPerSecond), String(seed)]);
    const news = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    const [ready] = news as [PublisherNews | number | null];
    if (typeof ready !== 'object' || ready?.kind !== 'ready') throw new Error('the event server did not start');
    return new PublisherProcess(child, ready);
  }

  /** Events that were published up to now, to about a tenth of a second. */
  get published(): number {
    return this.#published;
  }

  /** Resolves when both connections of the forwarder are there, and the first events have left. */
  async publish(): Promise<void> {
    this.#tell({ kind: 'publish' });
    while (this.#published === 0) await this.#news();
    this.startedAt = Date.now();
  }

  /** Resolves with the number of events when the last one has left. */
  async end(): Promise<number> {
    this.#tell({ kind: 'end' });
    while (!this.#isEnded) await this.#news();
    this.endedAt = Date.now();
    return this.#published;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  async #news(): Promise<void> {
    const next = await Promise.race([once(this.#child, 'message'), this.#closed.then(() => undefined)]);
    if (next === undefined) throw new Error('the event server ended before its time');
  }

  #tell(command: PublisherCommand): void {
    this.#child.send(command);
  }
}
