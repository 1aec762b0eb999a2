import { dataOf, EVENT_TYPES, weightOf } from './event-catalogue.js';
import { EventScene } from './event-scene.js';
import { seededRandom } from '../seeded-random.js';
import type { TestEvent } from './test-event.js';

/** Which events are made. The same options give the same events. */
export interface EventStreamOptions {
  /** The same seed (and the same other options) gives the same events. @defaultValue 1 */
  readonly seed?: number;
  /** Types to draw from; unknown ones are possible, their `data` is empty. @defaultValue all 28 of the catalogue */
  readonly types?: readonly string[];
  /**
   * `createdAt` of the first event, Unix milliseconds. A service that refuses old events (Datadog: 18 hours) needs
   * `Date.now()` here. @defaultValue 2026-03-01T12:00:00Z
   */
  readonly startTime?: number;
  /** Mean distance between two events, milliseconds. @defaultValue 5 */
  readonly intervalMs?: number;
  /** Says when each event is made, Unix milliseconds, in place of `startTime` and `intervalMs`. */
  readonly now?: () => number;
}

const DEFAULT_START_TIME = Date.UTC(2026, 2, 1, 12);

/** Every type as often as its weight says, in random order: so a run of one deck's length has each type at least once. */
function shuffledDeck(types: readonly string[], random: () => number): string[] {
  const deck = types.flatMap((type) => Array.from({ length: weightOf(type) }, () => type));
  for (let undrawn = deck.length; undrawn > 0; undrawn--) {
    const other = Math.floor(random() * undrawn);
    const [drawn] = deck.splice(other, 1);
    if (drawn !== undefined) deck.push(drawn);
  }
  return deck;
}

/**
 * Realistic events for ever, one after the other: every type within a deck of some 75 events, `token.issued` and
 * `grant.created` most, grants that later events refer to. Nothing is remembered but the last few grants.
 */
export function* eventStream(options: EventStreamOptions = {}): Generator<TestEvent, never, void> {
  const random = seededRandom(options.seed ?? 1);
  const types = options.types ?? EVENT_TYPES;
  if (types.length === 0) throw new RangeError('types: expected at least one event type, got none');
  const intervalMs = options.intervalMs ?? 5;
  const { now } = options;
  const scene = new EventScene(options.startTime ?? DEFAULT_START_TIME, random);
  for (;;) {
    for (const type of shuffledDeck(types, random)) {
      if (now !== undefined) scene.timeMs = now();
      yield eventIn(scene, type);
      scene.timeMs += Math.floor(random() * (2 * intervalMs + 1));
    }
  }
}

function eventIn(scene: EventScene, type: string): TestEvent {
  const createdAt = new Date(scene.timeMs).toISOString();
  return { id: scene.id('evt_'), type, createdAt, data: dataOf(type, scene) };
}

/** The first `count` events of {@link eventStream}. */
export function makeEvents(count: number, options: EventStreamOptions = {}): TestEvent[] {
  const stream = eventStream(options);
  return Array.from({ length: count }, () => stream.next().value);
}

let singleEvents = 0;

/**
 * One event, created now, with an id of its own. `overrides` replace the envelope's fields; the fields of its `data` are
 * laid over the made ones.
 */
export function makeEvent(type = 'grant.created', overrides: Partial<TestEvent> = {}): TestEvent {
  const time = overrides.createdAt === undefined ? Date.now() : Date.parse(overrides.createdAt);
  const scene = new EventScene(
    Number.isNaN(time) ? DEFAULT_START_TIME : time,
    seededRandom(1_000_003 + singleEvents++),
  );
  const event = eventIn(scene, overrides.type ?? type);
  return { ...event, ...overrides, data: { ...event.data, ...overrides.data } };
}
