import { EventSource, silentLogger, type Journal, type SourceStats } from '@grantex/core';
import type { Chance } from './chance.ts';
import type { Disk } from './disk.ts';
import type { EventServer } from './event-server.ts';
import type { Ledger, LifeRecord } from './ledger.ts';
import { ModelJournal, type Temper } from './model-journal.ts';
import type { Plan } from './plan.ts';
import type { PlantedFault } from './planted.ts';
import type { Service } from './service.ts';
import { SimulatedDestination, StableDestination } from './simulated-destination.ts';
import { Life, VirtualClock, type Happening, type World } from './world.ts';

export interface ProcessParts {
  readonly number: number;
  readonly world: World;
  readonly chance: Chance;
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly disk: Disk;
  readonly server: EventServer;
  readonly services: ReadonlyMap<string, Service>;
  readonly fault: PlantedFault | undefined;
  /** Whether things go wrong at this moment. */
  readonly isTrouble: () => boolean;
}

/** To stop takes as long as it may and, for writes that are under way, so much longer. */
const STOP_GRACE_MS = 15_000;
/** When it was refused it stops by itself, with the deadline that is the default. */
const OWN_DEADLINE_MS = 20_000;

/** One life of the program: the real source on a virtual clock, a simulated network and a model journal. */
export class Process {
  readonly record: LifeRecord;
  readonly #parts: ProcessParts;
  readonly #life: Life;
  readonly #clock: VirtualClock;
  readonly #journal: ModelJournal;
  readonly #source: EventSource;
  #isReady = false;
  #isEnded = false;

  constructor(parts: ProcessParts) {
    const { number, world, chance, plan, ledger, server, fault } = parts;
    this.#parts = parts;
    this.#life = new Life(number);
    const gaps: LifeRecord['gaps'] = [];
    const startedAt = world.now;
    this.record = {
      number,
      startedAt,
      heardFrom: undefined,
      heardUntil: startedAt,
      gaps,
      endedAt: Infinity,
      isPolite: false,
    };
    ledger.lives.push(this.record);
    this.#clock = new VirtualClock(world, this.#life, chance.fork());
    const clock = this.#clock;
    this.#journal = new ModelJournal(parts.disk, { ...plan.disk.options, clock }, this.#temper(chance.fork()));
    const journal: Journal = fault?.wrapJournal?.(this.#journal) ?? this.#journal;
    this.#source = new EventSource({
      url: 'https://events.example',
      apiKey: 'gx_test_0123456789abcdef',
      journal,
      clock,
      random: chance.fork().next,
      dispatcher: server.dispatcherFor(this.#life, this.record),
      logger: silentLogger,
      onGap: (gap) => {
        gaps.push(gap);
        world.note(() => `life ${number}: a gap of ${gap.to - gap.from} ms: ${gap.cause}`);
      },
    });
    this.#addDestinations(chance);
  }

  /** It was started, and has not ended. */
  get isRunning(): boolean {
    return !this.#isEnded;
  }

  get stats(): SourceStats {
    return this.#source.stats();
  }

  /** `onEnd` is called when it ends by itself: its first connect was refused for good. */
  start(onEnd: () => void): void {
    this.#note(() => 'starts');
    this.#source.start().then(
      () => this.#note(() => 'start() has resolved'),
      (error: unknown) => {
        if (this.#isEnded) return;
        this.#note(() => `start() has rejected: ${String(error)}`);
        this.#end(true);
        onEnd();
      },
    );
    this.#isReady = true;
  }

  crash(): void {
    if (this.#isEnded || !this.#isReady) return;
    this.#note(() => 'crashes');
    this.#end(false);
    this.#journal.crash(this.#parts.chance.next);
  }

  /** Stops politely; `onEnd` is called when that is done. Not when it crashes meanwhile. */
  stop(deadlineMs: number, onEnd: (leftOver: number) => void): void {
    this.#note(() => `is told to stop within ${deadlineMs} ms`);
    const { world, ledger } = this.#parts;
    // A program that is ending already goes on as it had begun.
    const mostMs = this.#source.stats().state === 'stopping' ? OWN_DEADLINE_MS : deadlineMs;
    const late = world.after(mostMs + STOP_GRACE_MS, this.#life, () => {
      ledger.violated(`life ${this.#life.number}: stop({ deadlineMs: ${deadlineMs} }) takes longer than that`);
    });
    void this.#stopped(deadlineMs, late, onEnd);
  }

  async #stopped(deadlineMs: number, late: Happening, onEnd: (leftOver: number) => void): Promise<void> {
    const { remaining } = await this.#source.stop({ deadlineMs });
    if (this.#isEnded) return;
    late.cancel();
    const left = remaining.reduce((sum, { events }) => sum + events, 0);
    this.#note(() => `has stopped; not delivered: ${left}`);
    this.#end(true);
    onEnd(left);
  }

  #end(isPolite: boolean): void {
    this.#isEnded = true;
    this.#life.end();
    this.record.endedAt = this.#parts.world.now;
    this.record.isPolite = isPolite;
  }

  #addDestinations(chance: Chance): void {
    const { plan, services, world, ledger, fault } = this.#parts;
    for (const each of plan.destinations) {
      const service = services.get(each.name);
      if (service === undefined) continue;
      const parts = {
        plan: each,
        batchSize: chance.happens(0.2) ? chance.between(1, each.batchSize) : each.batchSize,
        service,
        world,
        life: this.#life,
        ledger,
        clock: this.#clock,
        wrapSend: fault?.wrapSend,
      };
      const destination = each.isStable ? new StableDestination(parts) : new SimulatedDestination(parts);
      const { without } = each;
      this.#source.addDestination(destination, without === undefined ? {} : { filter: ({ type }) => type !== without });
    }
  }

  #temper(chance: Chance): Temper {
    const { plan, isTrouble, ledger } = this.#parts;
    const { failing, forgetsCommits, mostLatencyMs } = plan.disk;
    return {
      latency: () => this.#clock.sleep(Math.max(chance.skewed(0, mostLatencyMs), 0.001)),
      isFailing: () => {
        // Before it is ready there is nobody who would try again.
        if (!isTrouble() || !this.#isReady || !chance.happens(failing)) return false;
        ledger.failedWrites++;
        return true;
      },
      forgetsCommits,
    };
  }

  #note(line: () => string): void {
    this.#parts.world.note(() => `life ${this.#life.number}: ${line()}`);
  }
}
