/**
 * From arrival at the intake to synced: `node bench/latency.ts [events a second] [seconds] [folder]`, after a build. The
 * frames come in pieces, as from a socket; those that come while an append is synced wait for the next one.
 */
import { EventRecord } from '@grantex/core';
import { SqliteJournal } from '@grantex/journal-sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RecordMaker } from './waiting-records.ts';

const perSecond = Number(process.argv[2] ?? 5_000);
const seconds = Number(process.argv[3] ?? 10);
const folder = mkdtempSync(join(process.argv[4] ?? tmpdir(), 'journal-bench-'));
/** The first appends make the file, and warm the program up. */
const WARM_UP_MS = 2_000;
const ROUNDS = 3;
/** A timer is not exact: what is due by then comes at once. */
const TICK_MS = 1;

interface Arrived {
  readonly record: EventRecord;
  readonly at: number;
}

/** The intake's loop: what waits becomes the next group. */
class GroupingAppender {
  readonly latencies: number[] = [];
  readonly groups: number[] = [];
  readonly #journal: SqliteJournal;
  #waiting: Arrived[] = [];
  #appending: Promise<void> | undefined;

  constructor(journal: SqliteJournal) {
    this.#journal = journal;
  }

  get appending(): Promise<void> | undefined {
    return this.#appending;
  }

  take(records: readonly EventRecord[], at: number): void {
    for (const record of records) this.#waiting.push({ record, at });
    this.#appending ??= this.#append();
  }

  async #append(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#journal.append(group.map(({ record }) => record));
      const now = performance.now();
      this.groups.push(group.length);
      for (const { at } of group) this.latencies.push(now - at);
    }
    this.#appending = undefined;
  }
}

async function measure(path: string): Promise<void> {
  const journal = new SqliteJournal({ path });
  await journal.open({ onOverrun: () => {}, onFilling: () => {} });
  const maker = new RecordMaker();
  await feed(new GroupingAppender(journal), maker, WARM_UP_MS);
  const appender = new GroupingAppender(journal);
  await feed(appender, maker, seconds * 1_000);
  await journal.close();
  const { latencies, groups } = appender;
  const mean = (latencies.length / groups.length).toFixed(1);
  const parts = [50, 99, 99.9].map((percent) => `p${percent} ${quantile(latencies, percent / 100).toFixed(2)} ms`);
  console.log(`${latencies.length} events at ${perSecond}/s, ${mean} a group: ${parts.join(', ')}`);
}

/** An event's arrival is the moment in which it was due: a journal that holds up the thread does not hide its own delay. */
async function feed(appender: GroupingAppender, maker: RecordMaker, ms: number): Promise<void> {
  const from = performance.now();
  const perEvent = 1_000 / perSecond;
  for (let fed = 0; fed * perEvent < ms; await sleep(TICK_MS)) {
    const due = Math.floor((performance.now() - from) / perEvent);
    for (; fed < due; fed++) appender.take(maker.next(1), from + (fed + 1) * perEvent);
  }
  await appender.appending;
}

function quantile(numbers: readonly number[], part: number): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length * part)] ?? Number.NaN;
}

for (let round = 0; round < ROUNDS; round++) await measure(join(folder, `events-${round}.db`));
rmSync(folder, { recursive: true });
