import { setTimeout as sleep } from 'node:timers/promises';
import { Scene } from './scene.ts';
import { describeBalance, disorderOf, lossesOf, type Verdict } from './verdict.ts';

export interface TakeoverOptions {
  readonly takeovers: number;
  readonly eventsPerSecond: number;
  readonly seed: number;
  /** Milliseconds between the moment in which the second one hears the stream, and the end of the first. @defaultValue 0 */
  readonly overlapMs?: number;
  readonly onProgress?: (line: string) => void;
}

const DESTINATION = 'receiver';
const TIMEOUT_MS = 30_000;

/** Restarts the forwarder under load, each time with a second one that listens before the first one ends. */
export async function runTakeover(options: TakeoverOptions): Promise<Verdict> {
  const { takeovers, eventsPerSecond, seed, overlapMs = 0, onProgress } = options;
  await using scene = await Scene.open({ eventsPerSecond, seed });
  const { account, publisher, server } = scene;
  const startedAt = performance.now();
  const faults: string[] = [];

  let running = scene.startForwarder();
  await server.subscribed(1, { timeoutMs: TIMEOUT_MS });
  publisher.start();

  for (let takeover = 1; takeover <= takeovers; takeover++) {
    const first = running;
    await first.until('the first event', () => first.appended.length > 0, TIMEOUT_MS);
    const second = scene.startForwarder({ takeover: true });
    await second.until('the stream', () => second.heard, TIMEOUT_MS);
    await sleep(overlapMs);
    const end = await first.terminate();
    account.endLife();
    if (end.code !== 0 || first.remaining !== 0) {
      faults.push(`takeover ${takeover}: the first process did not stop in peace: ${JSON.stringify(end)}`);
    }
    running = second;
    onProgress?.(`${takeover} takeovers, ${account.appended} events received, ${account.repeats} repeats`);
  }

  await running.until('the first event', () => running.appended.length > 0, TIMEOUT_MS);
  await publisher.stop();
  // What is on its way when the last one ends is nobody's promise.
  const { published } = account.balance(DESTINATION);
  await running.until('everything', () => account.appended >= published, TIMEOUT_MS).catch(() => {}); // Told below.
  await running.terminate();
  scene.noteRecords();

  const balance = account.balance(DESTINATION);
  if (balance.repeats > 0) faults.push(`${balance.repeats} events arrived twice`);
  if (account.gaps > 0) faults.push(`${account.gaps} gaps are recorded, and there was none`);
  if (balance.delivered < balance.published) faults.push(`${balance.published - balance.delivered} events are missing`);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  return {
    report: [
      describeBalance(balance),
      `${takeovers} takeovers with ${overlapMs} ms of overlap, ${seconds} s, seed ${seed}`,
    ],
    faults: [...faults, ...lossesOf(balance), ...disorderOf(balance)],
  };
}
