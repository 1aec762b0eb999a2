import { setTimeout as sleep } from 'node:timers/promises';
import type { Gap, TransportName } from '@grantex/core';
import { describeBalance, lossesOf, type Verdict } from '../crash/verdict.ts';
import type { RelayPath } from './relay.ts';
import { DESTINATION, Scene } from './scene.ts';

export interface HalfOpenOptions {
  readonly eventsPerSecond: number;
  readonly seed: number;
  readonly transports: readonly TransportName[];
  readonly connections: number;
  /** Which connections fall silent: one after the other, or all of them at once. */
  readonly silent: 'one' | 'all';
  readonly freezes: number;
  /** @defaultValue that of the source: 75 s */
  readonly silenceTimeoutMs?: number | undefined;
  /** @defaultValue that of the source: 40 s */
  readonly firstByteTimeoutMs?: number | undefined;
  readonly onProgress?: (line: string) => void;
}

const DEFAULT_SILENCE_MS = 75_000;
/** The goodbye of a WebSocket takes half a second when nobody answers; the rest is for a loaded machine. */
const TOLERANCE_MS = 2_000;
/** Between two freezes, so that a connection has lived for a while. */
const BREATH_MS = 1_500;
/** A gap that has not been told after that is missing. */
const GAP_TIMEOUT_MS = 5_000;

/** Connections that stay open and bring nothing any more: they have to be noticed, told of as a gap, and replaced. */
export async function runHalfOpen(options: HalfOpenOptions): Promise<Verdict> {
  const { transports, connections, silent, freezes, silenceTimeoutMs, onProgress } = options;
  await using scene = await Scene.open(options);
  const { account, relay } = scene;
  const limit = silenceTimeoutMs ?? DEFAULT_SILENCE_MS;
  const what = `${transports.slice(0, connections).join(' + ')}, ${silent === 'all' ? 'all silent' : 'one silent'}`;
  const faults: string[] = [];
  const noticed: number[] = [];
  const isTotal = silent === 'all' || connections === 1;

  await scene.begin();
  for (let freeze = 1; freeze <= freezes; freeze++) {
    await sleep(BREATH_MS);
    await scene.allHeard();
    // The oldest one: with two connections they take turns, and so do the transports.
    const paths = relay.heard.slice(0, silent === 'all' ? connections : 1);
    const gapsBefore = scene.gaps.length;
    const frozenAt = Date.now();
    for (const path of paths) path.freeze();
    const times = await Promise.all(paths.map((path) => timeToNotice(path, limit)));
    await scene.allHeard();
    // The relay has passed the first byte on; the client has still to take it.
    if (isTotal) await scene.until(() => scene.gaps.length > gapsBefore, 'a gap', GAP_TIMEOUT_MS).catch(() => {});
    for (const time of times) {
      noticed.push(time);
      if (time > limit + TOLERANCE_MS) faults.push(`freeze ${freeze}: noticed after ${Math.round(time)} ms`);
      if (time < limit - TOLERANCE_MS) faults.push(`freeze ${freeze}: given up after ${Math.round(time)} ms already`);
    }
    faults.push(...gapFaults(scene.gaps.slice(gapsBefore), { freeze, frozenAt, limit, isTotal }));
    onProgress?.(`${what}: freeze ${freeze} noticed after ${times.map((time) => Math.round(time)).join(', ')} ms`);
  }
  faults.push(...(await scene.finish()));

  const balance = account.balance(DESTINATION);
  if (balance.repeats > 0) faults.push(`${balance.repeats} events arrived twice`);
  if (!isTotal && balance.delivered < balance.published) {
    faults.push(`${balance.published - balance.delivered} events are missing, though another connection was heard`);
  }
  const [least, most] = [Math.round(Math.min(...noticed)), Math.round(Math.max(...noticed))];
  return {
    report: [
      describeBalance(balance),
      `${what}: ${freezes} freezes, noticed after ${least} to ${most} ms of silence (limit ${limit}), ${scene.gaps.length} gaps`,
    ],
    faults: [...faults, ...lossesOf(balance)].map((fault) => `${what}: ${fault}`),
  };
}

/** Milliseconds from the last byte to the moment in which the client gave the path up; infinite when it did not. */
async function timeToNotice(path: RelayPath, limit: number): Promise<number> {
  const waiting = new AbortController();
  const late = sleep(limit + 2 * TOLERANCE_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
  const silence = await Promise.race([path.ended, late]);
  waiting.abort();
  return silence === undefined ? Infinity : silence.givenUpAt - silence.lastByteAt;
}

function gapFaults(
  gaps: readonly Gap[],
  { freeze, frozenAt, limit, isTotal }: { freeze: number; frozenAt: number; limit: number; isTotal: boolean },
): string[] {
  if (!isTotal) return gaps.length === 0 ? [] : [`freeze ${freeze}: a gap is recorded, though another one was heard`];
  const [gap] = gaps;
  if (gap === undefined || gaps.length > 1) return [`freeze ${freeze}: ${gaps.length} gaps are recorded, expected one`];
  if (gap.from > frozenAt) return [`freeze ${freeze}: the gap begins ${gap.from - frozenAt} ms after the silence`];
  // From a second before the last byte to the first byte of the next connection, which is opened at once.
  const widest = limit + 1_000 + TOLERANCE_MS;
  return gap.to - gap.from > widest ? [`freeze ${freeze}: the gap is ${gap.to - gap.from} ms wide`] : [];
}
