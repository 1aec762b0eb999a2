import type { TransportName } from '@grantex/core';
import { describeBalance, lossesOf, type Verdict } from '../crash/verdict.ts';
import { seededRandom } from '../crash/seeded-random.ts';
import { DESTINATION, Scene } from './scene.ts';

export interface AlternateOptions {
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly seed: number;
  readonly transports: readonly TransportName[];
  /** One connection shows that the check finds what is missing. @defaultValue 2 */
  readonly connections?: number;
  /** Events between two cuts; 1: the next one as soon as all connections are heard again. @defaultValue 5_000 */
  readonly every?: number;
  /** Milliseconds for which the stream is on its way. @defaultValue 0 */
  readonly latencyMs?: number;
  readonly onProgress?: (line: string) => void;
}

/** How one connection ends: by the server's death or goodbye, or by the network between. */
const CUTS = ['server cuts', 'server ends', 'network resets', 'network closes'] as const;
const PROGRESS_EVERY = 10;

/** Cuts one of the connections again and again, each time when all are heard: nothing may be missing, nothing come twice. */
export async function runAlternate(options: AlternateOptions): Promise<Verdict> {
  const { events, eventsPerSecond, seed, transports, connections = 2, every = 5_000, latencyMs, onProgress } = options;
  await using scene = await Scene.open({ eventsPerSecond, seed, connections, transports, latencyMs });
  const { account } = scene;
  const random = seededRandom(seed);
  const startedAt = performance.now();
  const counts = new Map<string, number>();
  let cuts = 0;

  await scene.begin();
  for (let next = every; ; next = Math.max(next + every, account.published)) {
    await scene.until(() => account.published >= Math.min(next, events), `${next} events`);
    if (account.published >= events) break;
    await scene.allHeard();
    const kind = cutOne(scene, random);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    cuts++;
    if (cuts % PROGRESS_EVERY === 0) {
      onProgress?.(`${cuts} cuts, ${account.published} events published, ${scene.gaps.length} gaps`);
    }
  }
  const faults = await scene.finish();

  const balance = account.balance(DESTINATION);
  if (balance.repeats > 0) faults.push(`${balance.repeats} events arrived twice`);
  if (account.gaps > 0) faults.push(`${account.gaps} gaps are recorded, and one connection was always heard`);
  if (balance.delivered < balance.published) faults.push(`${balance.published - balance.delivered} events are missing`);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const kinds = [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  return {
    report: [
      describeBalance(balance),
      `${connections} connections (${transports.join(', ')}), ${cuts} cuts of one (${kinds}), ${scene.source.stats().repeated} repeats dropped by the intake, ${seconds} s, seed ${seed}`,
    ],
    faults: [...faults, ...lossesOf(balance)],
  };
}

/** The server's faults meet the oldest connection, so they alternate; those of the network meet any of them. */
function cutOne({ server, relay }: Scene, random: () => number): string {
  const kind = CUTS[Math.floor(random() * CUTS.length)] ?? CUTS[0];
  const path = relay.heard[Math.floor(random() * relay.heard.length)];
  switch (kind) {
    case 'server cuts':
      server.cut({ count: 1 });
      break;
    case 'server ends':
      server.end({ count: 1 });
      break;
    case 'network resets':
      path?.cut('reset');
      break;
    case 'network closes':
      path?.cut('close');
      break;
  }
  return kind;
}
