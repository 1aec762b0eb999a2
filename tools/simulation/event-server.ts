import type { Dispatcher } from '@grantex/core';
import type { Chance } from './chance.ts';
import type { Ledger, LifeRecord, Published } from './ledger.ts';
import { StreamConnection } from './stream-connection.ts';
import type { Life, World } from './world.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };

interface Refusal {
  readonly statusCode: number;
  readonly body: string;
  readonly headers: Record<string, string>;
}

/** How badly the server and the network to it behave; each a probability. */
export interface StreamWeather {
  /** A connect is refused. */
  readonly refused: number;
  /** A connection is cut, or becomes half-open, after a while. */
  readonly cut: number;
  readonly stalled: number;
  /** An event comes again; a frame that is no event comes. */
  readonly repeated: number;
  readonly garbage: number;
}

const CALM: StreamWeather = { refused: 0, cut: 0, stalled: 0, repeated: 0, garbage: 0 };

/** The event server: publishes to who is connected, and forgets. */
export class EventServer {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #ledger: Ledger;
  readonly #connections = new Set<StreamConnection>();
  #weather: StreamWeather;
  #connects = 0;

  constructor(world: World, chance: Chance, ledger: Ledger, weather: StreamWeather) {
    this.#world = world;
    this.#chance = chance;
    this.#ledger = ledger;
    this.#weather = weather;
  }

  /** From here on nothing goes wrong any more; half-open connections stay what they are. */
  calm(): void {
    this.#weather = CALM;
    for (const connection of this.#connections) connection.calm();
  }

  publish(event: Omit<Published, 'at'>): void {
    const published = { ...event, at: this.#world.now };
    this.#ledger.published.set(event.id, published);
    this.#world.note(() => `server: publishes #${event.number} ${event.id} to ${this.#connections.size}`);
    for (const connection of this.#connections) connection.send(published, this.#frameOf(event.text));
    const { repeated, garbage } = this.#weather;
    if (this.#chance.happens(repeated)) this.#sendLater(published);
    if (this.#chance.happens(garbage)) this.#sendGarbage();
  }

  /** What the life's connections go through. */
  dispatcherFor(life: Life, record: LifeRecord): Dispatcher {
    const dispatcher = {
      dispatch: (_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean => {
        this.#connect(life, record, handler);
        return true;
      },
    };
    return dispatcher as unknown as Dispatcher; // The stream asks a dispatcher for nothing else.
  }

  #connect(life: Life, record: LifeRecord, handler: Dispatcher.DispatchHandler): void {
    const chance = this.#chance.fork();
    const name = `connection ${++this.#connects}`;
    const [world, ledger] = [this.#world, this.#ledger];
    const connection = new StreamConnection({ world, ledger, chance, life, record, handler, name });
    const refusal = chance.happens(this.#weather.refused) ? refusalOf(chance, record) : undefined;
    this.#world.after(chance.skewed(1, 300), life, () => {
      if (refusal === 'unreachable') connection.break('connect ECONNREFUSED');
      else if (refusal !== undefined) connection.refuse(refusal.statusCode, refusal.headers, refusal.body);
      else this.#accept(connection, chance);
    });
  }

  #accept(connection: StreamConnection, chance: Chance): void {
    connection.begin();
    // Until the subscription stands a few milliseconds pass, and what is published then is gone.
    this.#world.after(chance.skewed(0, 50), undefined, () => {
      if (connection.isOver) return;
      this.#connections.add(connection);
      connection.onEnd = () => this.#connections.delete(connection);
      connection.keepAlive();
      const { cut, stalled } = this.#weather;
      if (chance.happens(cut)) connection.misbehave('cut', chance.skewed(1, 120_000));
      else if (chance.happens(stalled)) connection.misbehave('stall', chance.skewed(1, 120_000));
    });
  }

  #sendLater(event: Published): void {
    this.#world.after(this.#chance.skewed(0, 20_000), undefined, () => {
      for (const connection of this.#connections) connection.send(event, this.#frameOf(event.text));
    });
  }

  #sendGarbage(): void {
    const text = this.#chance.pick(['not json', '42', '{}', '{"id":7}', '{"type":"grant.created"}', '"ünïcode ☂"']);
    this.#ledger.garbage.add(text);
    for (const connection of this.#connections) connection.send(undefined, `data: ${text}\n\n`);
  }

  /** Today's form, or one that the standard allows as well. */
  #frameOf(text: string): string {
    if (!this.#chance.happens(0.1)) return `data: ${text}\n\n`;
    return this.#chance.pick([
      `data:${text}\n\n`,
      `data: ${text}\r\n\r\n`,
      `: a comment\nunknown: field\ndata: ${text}\n\n`,
      `data\n\ndata: ${text}\n\n`,
    ]);
  }
}

function refusalOf(chance: Chance, record: LifeRecord): Refusal | 'unreachable' {
  const retryAfter = String(chance.between(0, 20));
  const kinds = ['unreachable', 'unreachable', 'limit', 'unavailable', 'internal', 'page', 'slots', 'key'] as const;
  const kind = chance.pick(kinds);
  switch (kind) {
    case 'unreachable':
      return 'unreachable';
    case 'limit':
      return answer(429, 'RATE_LIMIT_EXCEEDED', { 'retry-after': retryAfter });
    case 'unavailable':
      return answer(503, 'RATE_LIMIT_UNAVAILABLE');
    case 'internal':
      return answer(500, 'INTERNAL_ERROR');
    case 'page':
      return { statusCode: 502, body: '<html>Bad gateway</html>', headers: { 'content-type': 'text/html' } };
    case 'slots':
      // It costs more than five minutes, so it is rare.
      return chance.happens(0.3) ? answer(429, 'TOO_MANY_CONNECTIONS') : answer(429, 'BAD_REQUEST');
    case 'key':
      // A first connect that is refused for good ends the program; an operator would start it again.
      return record.heardFrom === undefined && chance.happens(0.7) ? 'unreachable' : answer(401, 'UNAUTHORIZED');
  }
}

function answer(statusCode: number, code: string, headers: Record<string, string> = {}): Refusal {
  return { statusCode, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify({ message: 'no', code }) };
}
