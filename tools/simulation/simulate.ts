import { systemClock } from '@grantex/core';
import { Chance } from './chance.ts';
import { Disk, ReplayClock } from './disk.ts';
import { EventServer } from './event-server.ts';
import { Ledger } from './ledger.ts';
import { judge } from './oracle.ts';
import { makePlan, type DestinationPlan, type Plan } from './plan.ts';
import type { PlantedFault } from './planted.ts';
import { BAD_MOODS, MISLEADING_MOODS, Service } from './service.ts';
import { Supervisor } from './supervisor.ts';
import { StuckError, World } from './world.ts';

export interface SimulationOptions {
  /** A defect around the engine, for the proof that it is found. */
  readonly fault?: PlantedFault | undefined;
  /** Gets a line for everything that happens. */
  readonly onNote?: (line: string) => void;
}

export interface Outcome {
  /** What was promised and not kept; empty when everything was. */
  readonly violations: readonly string[];
  readonly steps: number;
  readonly events: number;
  readonly lives: number;
}

/** When nothing goes wrong any more: a refusal for good is asked about after five minutes, and silence noticed after one. */
const HEARD_WITHIN_MS = 900_000;
/** The closing events come over an hour and more; a hold probes once a minute, and ten suspects may each need some rounds. */
const SETTLED_WITHIN_MS = 9_000_000;
const STOPPED_WITHIN_MS = 60_000;
/** A service that refuses everything for longer, while few events come, costs some of them: they are asked about for 35 s. */
const MISLEADING_MS = 30_000;

/** One life of the whole: a seed decides everything that happens. */
export async function simulate(seed: number, { fault, onNote }: SimulationOptions = {}): Promise<Outcome> {
  const chance = new Chance(seed);
  const world = new World(chance.fork(), onNote);
  const ledger = new Ledger();
  const onRejection = (reason: unknown): void => ledger.violated(`a rejection that nobody handled: ${String(reason)}`);
  process.on('unhandledRejection', onRejection);
  const simulation = new Simulation({ chance, world, ledger, plan: makePlan(chance.fork()), fault });
  try {
    await simulation.run();
  } catch (error) {
    if (!(error instanceof StuckError)) throw error;
    ledger.violated(error.message);
  } finally {
    process.off('unhandledRejection', onRejection);
  }
  const { violations, published, lives } = ledger;
  return { violations, steps: world.steps, events: published.size, lives: lives.length };
}

class Simulation {
  readonly #chance: Chance;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #plan: Plan;
  readonly #disk = new Disk();
  readonly #server: EventServer;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #supervisor: Supervisor;
  #isTrouble = true;
  /** Events that were not delivered when the last life ended. */
  #left = 0;

  constructor(parts: {
    readonly chance: Chance;
    readonly world: World;
    readonly ledger: Ledger;
    readonly plan: Plan;
    readonly fault: PlantedFault | undefined;
  }) {
    const { chance, world, ledger, plan, fault } = parts;
    this.#chance = chance;
    this.#world = world;
    this.#ledger = ledger;
    this.#plan = plan;
    this.#server = new EventServer(world, chance.fork(), ledger, plan.weather);
    this.#services = new Map(plan.destinations.map((each) => [each.name, this.#service(each)]));
    this.#supervisor = new Supervisor({
      world,
      chance: chance.fork(),
      plan,
      ledger,
      disk: this.#disk,
      server: this.#server,
      services: this.#services,
      fault,
      isTrouble: () => this.#isTrouble,
    });
  }

  async run(): Promise<void> {
    const { events, publishedAt, troubleMs } = this.#plan;
    const beganAt = this.#world.now;
    for (const [index, event] of events.entries()) {
      this.#world.after(publishedAt[index] ?? 0, undefined, () => this.#server.publish(event));
    }
    for (const each of this.#plan.destinations) this.#changeMood(each);
    this.#supervisor.begin();
    await this.#until('the end of the trouble', troubleMs + 1_000, () => this.#world.now >= beganAt + troubleMs);
    this.#calm();
    await this.#until('the stream is heard', HEARD_WITHIN_MS, () => this.#supervisor.stats?.state === 'heard');
    this.#publishClosing();
    await this.#until('everything is settled', SETTLED_WITHIN_MS, () => this.#isSettled());
    await this.#stop();
    if (this.#ledger.violations.length === 0) await this.#judge();
  }

  #service(plan: DestinationPlan): Service {
    const closing = new Set(this.#plan.closing.map(({ id }) => id));
    const { poisonEvery, poisonAnswer, maxRequestBytes } = plan;
    const taste = {
      isPoison: ({ number, id }: { number: number; id: string }) =>
        poisonEvery > 0 && number % poisonEvery === 0 && !closing.has(id),
      poisonAnswer,
      maxRequestBytes,
    };
    return new Service(plan.name, { world: this.#world, chance: this.#chance.fork(), ledger: this.#ledger, taste });
  }

  #changeMood(plan: DestinationPlan, canMislead = true): void {
    this.#world.after(this.#chance.skewed(500, 40_000), undefined, () => {
      if (!this.#isTrouble) return;
      const service = this.#services.get(plan.name);
      const isMisleading = canMislead && this.#chance.happens(0.1);
      if (isMisleading) {
        service?.become(this.#chance.pick(MISLEADING_MOODS), 1);
        this.#world.after(MISLEADING_MS, undefined, () => service?.become('well', 1));
      } else {
        service?.become(this.#chance.happens(0.5) ? 'well' : this.#chance.pick(BAD_MOODS), plan.badShare);
      }
      this.#changeMood(plan, canMislead && !isMisleading);
    });
  }

  #calm(): void {
    this.#world.note(() => 'nothing goes wrong from here on');
    this.#isTrouble = false;
    this.#server.calm();
    this.#supervisor.calm();
    for (const service of this.#services.values()) service.become('well', 1);
  }

  #publishClosing(): void {
    // An event that fails with 500 is given up only beside neighbours that are accepted, before it and after it, so these
    // come for a while.
    let ms = 0;
    for (const event of this.#plan.closing) {
      ms += this.#chance.between(1, 200_000);
      this.#world.after(ms, undefined, () => this.#server.publish(event));
    }
  }

  #isSettled(): boolean {
    const stats = this.#supervisor.stats;
    const last = this.#plan.closing.at(-1);
    if (stats === undefined || last === undefined || !this.#ledger.heard.has(last.id)) return false;
    for (const plan of this.#plan.destinations) {
      if ((stats.destinations[plan.name]?.lag ?? 0) > mayWait(plan)) return false;
    }
    return this.#disk.ids.includes(last.id);
  }

  async #stop(): Promise<void> {
    let left: number | undefined;
    this.#supervisor.stop((events) => (left = events));
    await this.#until('stop() resolves', STOPPED_WITHIN_MS, () => left !== undefined);
    // What waited may need more than its time: it is halved, or one of it fails again and again.
    const most = this.#plan.destinations.reduce((sum, plan) => sum + mayWait(plan), 0);
    this.#left = left ?? 0;
    if (left !== undefined && left > most) this.#ledger.violated(`stop: ${left} events are left, not ${most} at most`);
  }

  async #judge(): Promise<void> {
    const journal = await this.#disk.play(this.#plan.disk.options, new ReplayClock(systemClock));
    const remains = {
      plan: this.#plan,
      ledger: this.#ledger,
      services: this.#services,
      appended: this.#disk.ids,
      firstHeardAt: this.#disk.firstHeardAt,
      left: this.#left,
      deadLetters: await journal.deadLetters.list({ limit: Infinity }),
      journal: journal.stats(),
    };
    for (const violation of judge(remains)) this.#ledger.violated(violation);
  }

  /** Lets time pass until it has come, a violation was seen, or so much time has passed in vain. */
  async #until(what: string, withinMs: number, holds: () => boolean): Promise<void> {
    const { violations } = this.#ledger;
    if (violations.length > 0) return;
    const deadline = this.#world.now + withinMs;
    await this.#world.until(what, () => holds() || violations.length > 0 || this.#world.now > deadline);
    if (!holds() && violations.length === 0) {
      this.#ledger.violated(`liveness: not within ${withinMs / 1000} s: ${what}${this.#supervisor.describe()}`);
    }
  }
}

/** So many suspects are no bad setting yet. */
const MOST_SUSPECTS = 9;

/** Without a timer the last batch waits to become full, and suspects wait for it to be judged by; stop() sends it. */
function mayWait({ flushIntervalMs, batchSize }: DestinationPlan): number {
  return flushIntervalMs === 0 ? batchSize - 1 + MOST_SUSPECTS : 0;
}
