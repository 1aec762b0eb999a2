import { setTimeout as sleep } from 'node:timers/promises';
import type { ForwarderProcess } from './forwarder-process.ts';
import type { ForwarderSettings } from './messages.ts';
import { seededRandom } from './seeded-random.ts';
import { BATCH_SIZE, Scene } from './scene.ts';
import { describeBalance, disorderOf, lossesOf, type Verdict } from './verdict.ts';

export interface CrashOptions {
  readonly kills: number;
  readonly eventsPerSecond: number;
  readonly seed: number;
  /** The latest moment of a kill, milliseconds. @defaultValue 1_500 */
  readonly latestKillMs?: number;
  /** @defaultValue 'sqlite' */
  readonly journal?: ForwarderSettings['journal'];
  readonly onProgress?: (line: string) => void;
}

const DESTINATION = 'receiver';
/** A kill comes so many milliseconds after the start, or after the first event that was received. */
const EARLIEST_KILL_MS = 50;
const LATEST_KILL_MS = 1_500;
/** Share of the kills that are counted from the start of the process, so that some meet it while it opens the journal. */
const WHILE_STARTING = 0.25;
const START_TIMEOUT_MS = 30_000;
const PROGRESS_EVERY = 10;

/** Kills the forwarder again and again under load, starts it again at once, and asks in the end where each event is. */
export async function runCrash(options: CrashOptions): Promise<Verdict> {
  const { kills, eventsPerSecond, seed, journal = 'sqlite', latestKillMs = LATEST_KILL_MS, onProgress } = options;
  await using scene = await Scene.open({ eventsPerSecond, seed, journal });
  const { account, publisher, server } = scene;
  const random = seededRandom(seed);
  const startedAt = performance.now();
  const faults: string[] = [];

  let forwarder = scene.startForwarder();
  await server.subscribed(1, { timeoutMs: START_TIMEOUT_MS });
  publisher.start();
  // Before the first append nobody knows that there was a stream, so there is no gap to record either.
  await received(forwarder);

  for (let kill = 1; kill <= kills; kill++) {
    if (random() >= WHILE_STARTING) await received(forwarder);
    await sleep(EARLIEST_KILL_MS + random() * (latestKillMs - EARLIEST_KILL_MS));
    if (forwarder.end !== undefined) throw new Error(`the forwarder ended by itself: ${forwarder.lines.join('\n')}`);
    await forwarder.kill();
    account.endLife();
    const { appended } = forwarder;
    forwarder = scene.startForwarder();
    scene.noteRecords();
    const missing = scene.missingNow(DESTINATION, appended);
    if (missing.length > 0) {
      faults.push(`after kill ${kill}: ${missing.length} events neither delivered nor in the journal: ${missing[0]} …`);
    }
    if (kill % PROGRESS_EVERY === 0) {
      onProgress?.(`${kill} kills, ${account.appended} events received, ${account.repeats} repeats`);
    }
  }

  await received(forwarder);
  await publisher.stop();
  const end = await forwarder.terminate();
  if (end.code !== 0 || forwarder.remaining !== 0) {
    faults.push(`the last forwarder did not stop in peace: ${JSON.stringify(end)} ${forwarder.lines.join('\n')}`);
  }
  scene.noteRecords();

  const balance = account.balance(DESTINATION);
  if (balance.mostRepeatsInALife > BATCH_SIZE) {
    faults.push(`${balance.mostRepeatsInALife} repeats after one kill; one batch of ${BATCH_SIZE} was in flight`);
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  return {
    report: [
      describeBalance(balance),
      `${kills} kills, ${account.gaps} gaps, at most ${balance.mostRepeatsInALife} repeats after one, ${seconds} s, seed ${seed}`,
    ],
    faults: [...faults, ...lossesOf(balance), ...disorderOf(balance)],
  };
}

/** Resolves when the process has told of its first event. */
function received(forwarder: ForwarderProcess): Promise<void> {
  return forwarder.until('the first event', () => forwarder.appended.length > 0, START_TIMEOUT_MS);
}
