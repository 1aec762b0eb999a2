import { setTimeout as sleep } from 'node:timers/promises';
import { eventStream, type EventServer } from '@grantex/testing';
import type { Account } from './account.ts';

const TICK_MS = 10;
/** After a pause of the machine so much is made good at most; the rest of the time was quiet. */
const MOST_BEHIND_MS = 100;

/** Publishes events at a rate; `createdAt` is the time of publication, so that an event can be found in a gap. */
export class Publisher {
  readonly #server: EventServer;
  readonly #account: Account;
  readonly #eventsPerSecond: number;
  readonly #events;
  #isEnding = false;
  #running: Promise<void> | undefined;

  constructor(server: EventServer, account: Account, eventsPerSecond: number, seed: number) {
    this.#server = server;
    this.#account = account;
    this.#eventsPerSecond = eventsPerSecond;
    this.#events = eventStream({ seed, startTime: Date.now(), intervalMs: 0 });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    let due = performance.now();
    const perEvent = 1_000 / this.#eventsPerSecond;
    while (!this.#isEnding) {
      const now = performance.now();
      due = Math.max(due, now - MOST_BEHIND_MS);
      const group = [];
      const at = Date.now();
      const createdAt = new Date(at).toISOString();
      for (; due <= now; due += perEvent) {
        group.push({ ...this.#events.next().value, id: this.#account.publish(at), createdAt });
      }
      if (group.length > 0) this.#server.publish(group);
      await sleep(TICK_MS);
    }
  }
}
