import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { IntakeReport, Question } from './intake-worker.ts';

/** `datadogReceiver` in another thread, with the virtual time of this one. */
export class Intake implements AsyncDisposable {
  readonly url: string;
  readonly #worker: Worker;
  readonly #time: Float64Array;

  private constructor(worker: Worker, url: string, time: Float64Array) {
    this.#worker = worker;
    this.url = url;
    this.#time = time;
  }

  static async start(): Promise<Intake> {
    const time = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
    const worker = new Worker(new URL('./intake-worker.ts', import.meta.url), { workerData: { time }, execArgv: [] });
    const [url] = (await once(worker, 'message')) as [string];
    return new Intake(worker, url, time);
  }

  /** The time by which it judges how old an event is. Unix epoch, milliseconds. */
  setTime(now: number): void {
    this.#time[0] = now;
  }

  /** Refuses connections. */
  async down(): Promise<void> {
    await this.#ask('down');
  }

  async up(): Promise<void> {
    await this.#ask('up');
  }

  async report(): Promise<IntakeReport> {
    return (await this.#ask('report')) as IntakeReport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(question: Question): Promise<unknown> {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread has no origin.
    this.#worker.postMessage(question);
    const [answer] = (await once(this.#worker, 'message')) as [unknown];
    return answer;
  }
}
