import { setTimeout as sleep } from 'node:timers/promises';
import type { ForwarderProcess } from '../crash/forwarder-process.ts';
import { Scene } from '../crash/scene.ts';
import { seededRandom } from '../crash/seeded-random.ts';
import { describeBalance, lossesOf, type Verdict } from '../crash/verdict.ts';
import { Poison } from './poison.ts';
import { answerFine, flippingAnswers, longOutages } from './receiver-weather.ts';
import { streamWeather } from './stream-weather.ts';
import { Weather } from './weather.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly eventsPerSecond: number;
  readonly seed: number;
  readonly onProgress: (line: string) => void;
}

const FLIPPING = 'flipping';
const OFTEN_DOWN = 'often-down';
/** Small enough for a long outage to reach it. */
const JOURNAL_BYTES = 2_000_000;
const KEEPALIVE_MS = 300;
const SILENCE_TIMEOUT_MS = 1_500;
const BETWEEN_KILLS_MS = [8_000, 25_000] as const;
const PROGRESS_MS = 10_000;
/** For the first event, for the stream to be heard again after the last trouble, and for the rest to be delivered. */
const TIMEOUT_MS = 90_000;
/** Events published in fair weather at the end: the delivery decides on a suspect when its neighbours were accepted. */
const CALM_MS = 2_000;
const MEGABYTE = 1_000_000;

/** Everything on at once for some minutes, then fair weather, and an account of every event. */
export async function runSoak({ minutes, eventsPerSecond, seed, onProgress }: SoakOptions): Promise<Verdict> {
  await using scene = await Scene.open({
    eventsPerSecond,
    seed,
    destinations: [FLIPPING, OFTEN_DOWN],
    maxBytes: JOURNAL_BYTES,
    keepaliveMs: KEEPALIVE_MS,
    silenceTimeoutMs: SILENCE_TIMEOUT_MS,
  });
  const { account, publisher, server } = scene;
  const poison = new Poison();
  for (const receiver of scene.receivers.values()) answerFine(receiver, poison);
  const life = new Lives(scene);
  const startedAt = performance.now();
  const tellProgress = (): void => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    onProgress(
      `${String(seconds).padStart(4)} s  ${account.published} published, ${account.appended} received, ${life.describe()}`,
    );
  };

  await server.subscribed(1, { timeoutMs: TIMEOUT_MS });
  publisher.start();
  await life.receives(TIMEOUT_MS);
  const progress = setInterval(tellProgress, PROGRESS_MS);
  try {
    // Chances of their own, so that one kind of trouble does not change when another one comes.
    const weathers = [
      streamWeather(server, seededRandom(seed + 1)),
      flippingAnswers(receiverOf(scene, FLIPPING), poison, seededRandom(seed + 2)),
      longOutages(receiverOf(scene, OFTEN_DOWN), seededRandom(seed + 3)),
      life.killing(seededRandom(seed + 4)),
    ];
    await sleep(minutes * 60_000);
    await Promise.all(weathers.map((weather) => weather.calm()));

    server.accept();
    poison.endBefore(account.published);
    await life.receives(TIMEOUT_MS);
    await sleep(CALM_MS);
    await publisher.stop();
    await life.delivers(TIMEOUT_MS);
  } finally {
    clearInterval(progress);
  }
  tellProgress();
  const faults = await life.end();

  const balances = [...scene.receivers.keys()].map((name) => account.balance(name));
  const innocent = [...scene.receivers.keys()].flatMap((name) =>
    account
      .deadLetterIds(name)
      .filter((id) => !poison.has(id))
      .map((id) => `${name}: ${id} is a dead letter, and no poison`),
  );
  return {
    report: [
      ...balances.map((balance) => describeBalance(balance)),
      `${minutes} minutes, ${life.kills} kills, ${account.gaps} gaps, ${Math.round(life.peakBytes / MEGABYTE)} MB at most, seed ${seed}`,
    ],
    // Order is told and no fault: single events that were answered 500 long enough are set aside and tried again later.
    faults: [...faults, ...innocent, ...balances.flatMap((balance) => lossesOf(balance))],
  };
}

/** The forwarder that is killed and started again, seen as one. */
class Lives {
  readonly #scene: Scene;
  readonly #faults: string[] = [];
  #forwarder: ForwarderProcess;
  #peakBytes = 0;
  kills = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#forwarder = scene.startForwarder();
  }

  get peakBytes(): number {
    return Math.max(this.#peakBytes, this.#forwarder.status?.rssBytes ?? 0);
  }

  describe(): string {
    const { lag = {}, rssBytes = 0 } = this.#forwarder.status ?? {};
    const lags = Object.entries(lag).map(([name, events]) => `${name} lags ${events}`);
    const { gaps, repeats } = this.#scene.account;
    const counted = [
      `${this.kills} kills`,
      `${gaps} gaps`,
      `${repeats} repeats`,
      `${Math.round(rssBytes / MEGABYTE)} MB`,
    ];
    return [...lags, ...counted].join(', ');
  }

  /** Kills now and then. */
  killing(random: () => number): Weather {
    return new Weather({ random, quietMs: BETWEEN_KILLS_MS, troubles: [() => this.#kill()] });
  }

  /** Resolves when an event is received that was published after this was called. */
  receives(timeoutMs: number): Promise<void> {
    const { account } = this.#scene;
    const before = account.published;
    const holds = (): boolean => account.lastAppended >= before;
    return this.#forwarder.until('an event', holds, timeoutMs);
  }

  /** Resolves when everything that was received is settled. */
  async delivers(timeoutMs: number): Promise<void> {
    const before = this.#forwarder.status;
    const settled = (): boolean => {
      const { status } = this.#forwarder;
      return status !== before && status !== undefined && Object.values(status.lag).every((lag) => lag === 0);
    };
    await this.#forwarder.until('the delivery of the rest', settled, timeoutMs);
  }

  /** Stops the last one in peace. @returns what was not as it should be */
  async end(): Promise<readonly string[]> {
    const { code } = await this.#forwarder.terminate();
    if (code !== 0 || this.#forwarder.remaining !== 0) {
      this.#faults.push(`the last forwarder did not stop in peace: ${this.#forwarder.lines.join('\n')}`);
    }
    this.#scene.noteRecords();
    return this.#faults;
  }

  async #kill(): Promise<void> {
    const { signal } = await this.#forwarder.kill();
    if (signal !== 'SIGKILL') {
      this.#faults.push(`the forwarder ended by itself: ${this.#forwarder.lines.join('\n')}`);
    }
    this.#peakBytes = this.peakBytes;
    this.kills++;
    this.#scene.account.endLife();
    this.#forwarder = this.#scene.startForwarder();
    this.#scene.noteRecords();
  }
}

function receiverOf(scene: Scene, name: string) {
  const receiver = scene.receivers.get(name);
  if (receiver === undefined) throw new Error(`there is no receiver named "${name}"`);
  return receiver;
}
