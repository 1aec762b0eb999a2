import { makeEvents } from '@grantex/testing';
import { afterEach, expect, test, vi } from 'vitest';
import {
  accepted,
  BatchingDestination,
  refused,
  silentLogger,
  type Batch,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '../../src/index.js';

const DEFAULTS = { kind: 'gated', batchSize: 2, limits: { maxEvents: 2, maxBytes: 1_000_000 } };
const OPTIONS = { flushIntervalMs: 0, retry: { initialMs: 1, maxMs: 1 }, logger: silentLogger };

/** Batches of two. Each request waits until it is answered. */
class GatedDestination extends BatchingDestination {
  /** What was made: the ids of the batch. */
  readonly made: string[] = [];
  readonly sent: string[] = [];
  readonly #waiting: ((verdict: Verdict) => void)[] = [];
  #isOpen = false;
  /** Called whenever a body is made. */
  beforeMaking: () => void = () => {};

  constructor(concurrency = 1) {
    super(DEFAULTS, { ...OPTIONS, concurrency });
  }

  get underWay(): number {
    return this.#waiting.length;
  }

  answer(verdict: Verdict = accepted(200)): void {
    this.#waiting.shift()?.(verdict);
  }

  /** From now on everything is answered at once. */
  open(): void {
    this.#isOpen = true;
    while (this.underWay > 0) this.answer();
  }

  protected override encode(_event: GrantexEvent, text: string): string {
    return text;
  }

  protected override prepareBatch(batch: Batch<string>): Promise<string> {
    return batch.prepare(() => {
      this.beforeMaking();
      const body = batch.items.map(({ position }) => position).join(' ');
      this.made.push(body);
      return body;
    });
  }

  protected override async sendBatch(batch: Batch<string>): Promise<Verdict> {
    this.sent.push(await this.prepareBatch(batch));
    return this.#isOpen ? accepted(200) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  protected override async checkService(): Promise<CheckResult> {
    return { ok: true, message: 'not asked' };
  }
}

let destination: GatedDestination | undefined;

afterEach(async () => {
  destination?.open();
  await destination?.close();
  destination = undefined;
});

async function start(events: number, concurrency?: number): Promise<GatedDestination> {
  destination = new GatedDestination(concurrency);
  await destination.send(makeEvents(events) as unknown as GrantexEvent[]);
  return destination;
}

test('the body of the next batch is made while a request is under way, and no further one', async () => {
  const gated = await start(8);
  await vi.waitFor(() => expect(gated.underWay).toBe(1));
  await vi.waitFor(() => expect(gated.made).toEqual(['1 2', '3 4']));
  expect(gated.sent).toEqual(['1 2']);
  gated.answer();
  await vi.waitFor(() => expect(gated.sent).toEqual(['1 2', '3 4']));
  await vi.waitFor(() => expect(gated.made).toEqual(['1 2', '3 4', '5 6']));
});

test('a retry has what was made, and so has the batch after it', async () => {
  const gated = await start(4);
  await vi.waitFor(() => expect(gated.underWay).toBe(1));
  gated.answer(refused('DEST_UNAVAILABLE', 'later', { statusCode: 503 }));
  await vi.waitFor(() => expect(gated.sent).toEqual(['1 2', '1 2']));
  gated.answer();
  await vi.waitFor(() => expect(gated.sent).toEqual(['1 2', '1 2', '3 4']));
  expect(gated.made).toEqual(['1 2', '3 4']);
});

test('what cannot be made ahead is made by the attempt', async () => {
  destination = new GatedDestination();
  let makings = 0;
  destination.beforeMaking = () => {
    if (++makings === 2) throw new Error('not now');
  };
  await destination.send(makeEvents(4) as unknown as GrantexEvent[]);
  await vi.waitFor(() => expect(makings).toBe(2));
  destination.answer();
  await vi.waitFor(() => expect(destination?.sent).toEqual(['1 2', '3 4']));
  expect(makings).toBe(3);
});

test('several requests at once: every batch is made once', async () => {
  const gated = await start(20, 3);
  for (let answered = 0; answered < 10; answered++) {
    await vi.waitFor(() => expect(gated.underWay).toBeGreaterThan(0));
    gated.answer();
  }
  await gated.flush();
  expect(gated.made.toSorted()).toEqual([...new Set(gated.made)].toSorted());
  expect(gated.made).toHaveLength(10);
  expect(gated.sent.toSorted()).toEqual(gated.made.toSorted());
});
