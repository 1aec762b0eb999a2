import { setTimeout as sleep } from 'node:timers/promises';
import type { TransportName } from '@grantex/core';
import { describeBalance, lossesOf, type Verdict } from '../crash/verdict.ts';
import { seededRandom } from '../crash/seeded-random.ts';
import { DESTINATION, Scene } from './scene.ts';

export interface TotalOptions {
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly seed: number;
  readonly transports: readonly TransportName[];
  readonly connections: number;
  /** Events between two cuts at least. @defaultValue 5_000 */
  readonly every?: number;
  readonly onProgress?: (line: string) => void;
}

/** A gap begins so much before the last byte, as events may have been on their way; the least that the intake assumes. */
const DELAY_MS = 1_000;
/** For what a loaded machine does not notice at once. */
const TOLERANCE_MS = 500;
/** After some of the cuts the server is away for so long at most. */
const LONGEST_AWAY_MS = 1_500;
const KINDS = ['server cuts', 'network resets', 'server away'] as const;

/** Cuts every connection at once: what did not arrive has to lie in a recorded gap, and the gaps have to be narrow. */
export async function runTotal(options: TotalOptions): Promise<Verdict> {
  const { events, eventsPerSecond, seed, transports, connections, every = 5_000, onProgress } = options;
  await using scene = await Scene.open({ eventsPerSecond, seed, connections, transports });
  const { account, relay } = scene;
  const random = seededRandom(seed);
  const startedAt = performance.now();
  const silences: number[] = [];

  await scene.begin();
  for (let next = every; ; next = Math.max(next + every, account.published)) {
    await scene.until(() => account.published >= Math.min(next, events), `${next} events`);
    if (account.published >= events) break;
    await scene.allHeard();
    const from = Date.now();
    await cutAll(scene, random);
    await scene.until(() => relay.heard.length > 0 && scene.source.stats().state === 'heard', 'the stream');
    silences.push(Date.now() - from);
    onProgress?.(`${silences.length} cuts, ${account.published} events published, silence ${silences.at(-1)} ms`);
  }
  const faults = await scene.finish();

  const balance = account.balance(DESTINATION);
  if (balance.repeats > 0) faults.push(`${balance.repeats} events arrived twice`);
  const widths = scene.gaps.map(({ from, to }) => to - from);
  if (widths.length !== silences.length) faults.push(`${silences.length} silences, and ${widths.length} recorded gaps`);
  for (const [index, width] of widths.entries()) {
    const silence = silences[index] ?? 0;
    if (width <= silence + DELAY_MS + TOLERANCE_MS) continue;
    faults.push(`gap ${index + 1} is ${width} ms wide, for a silence of ${silence} ms`);
  }
  const missing = balance.published - balance.delivered;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  return {
    report: [
      describeBalance(balance),
      `${connections} connections (${transports.join(', ')}), ${silences.length} cuts of all: ${sum(silences)} ms of silence, ${sum(widths)} ms in ${widths.length} gaps (each ${DELAY_MS} ms longer, for what was on its way); ${missing} events missing, at the rate ${Math.round((missing / eventsPerSecond) * 1_000)} ms; ${seconds} s, seed ${seed}`,
    ],
    faults: [...faults, ...lossesOf(balance)],
  };
}

/** Resolves when all of them have ended and the server is there. */
async function cutAll(scene: Scene, random: () => number): Promise<void> {
  const { server, relay } = scene;
  const kind = KINDS[Math.floor(random() * KINDS.length)] ?? KINDS[0];
  const paths = relay.heard;
  if (kind === 'server cuts') server.cut();
  else if (kind === 'network resets') for (const path of paths) path.cut('reset');
  else {
    await server.down();
    await sleep(random() * LONGEST_AWAY_MS);
    await server.up();
  }
  await scene.until(() => paths.every(({ isHeard }) => !isHeard), 'the end of the connections');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
