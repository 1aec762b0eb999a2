import { accepted, partlyAccepted, refused, type Refusal, type Verdict } from '@grantex/core';
import type { Chance } from './chance.ts';
import type { Ledger, Published, SentRequest } from './ledger.ts';
import type { Life, World } from './world.ts';

/** What a service may do with a request. */
export type Mood =
  | 'well'
  | 'slow'
  | 'throttled'
  | 'failing'
  | 'out of order'
  | 'answer lost'
  | 'request lost'
  | 'hanging'
  | 'in part'
  | 'nothing'
  | 'unauthorized'
  | 'refusing'
  | 'broken';

/** Moods that pass, and leave no doubt about the events. */
export const BAD_MOODS = [
  'slow',
  'throttled',
  'failing',
  'out of order',
  'answer lost',
  'request lost',
  'hanging',
  'in part',
  'unauthorized',
] as const satisfies readonly Mood[];

/**
 * Moods in which every event looks bad. A service that has them again and again, and takes others between, cannot be told
 * from one that is right: so a service has one of them, once, and for all requests.
 */
export const MISLEADING_MOODS = ['nothing', 'refusing', 'broken'] as const satisfies readonly Mood[];

/** What a service never takes. */
export interface Taste {
  isPoison(event: Published): boolean;
  /** How it says so: for the whole request (400), by naming the events, or as a failure (500). */
  readonly poisonAnswer: 'whole' | 'named' | 'failure';
  /** A larger request is refused as too large. Bytes. */
  readonly maxRequestBytes: number;
}

export interface RequestItem {
  readonly id: string;
  readonly text: string;
}

interface Answer {
  readonly verdict: Verdict;
  readonly stored: readonly RequestItem[];
  /** Milliseconds until the request takes effect, and from there to the answer; no answer when undefined. */
  readonly effectMs: number;
  readonly answerMs: number | undefined;
}

const ALL = Infinity;

/** One service behind the network: it stores events, and has its moods. It lives on when its client dies. */
export class Service {
  readonly name: string;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #ledger: Ledger;
  readonly #taste: Taste;
  #mood: Mood = 'well';
  #failures = 0;
  /** The part of the requests that the mood strikes. */
  #share = ALL;

  constructor(name: string, parts: { world: World; chance: Chance; ledger: Ledger; taste: Taste }) {
    this.name = name;
    this.#world = parts.world;
    this.#chance = parts.chance;
    this.#ledger = parts.ledger;
    this.#taste = parts.taste;
  }

  become(mood: Mood, share: number): void {
    this.#world.note(() => `${this.name}: is ${mood}`);
    this.#mood = mood;
    this.#share = share;
  }

  /** Whether the event can never be stored here. */
  isUnacceptable(event: Published): boolean {
    return this.#taste.isPoison(event) || Buffer.byteLength(event.text) > this.#taste.maxRequestBytes;
  }

  /** Resolves to the answer, if one comes in this life. */
  exchange(request: SentRequest, items: readonly RequestItem[], life: Life, signal: AbortSignal): Promise<Verdict> {
    const { verdict, stored, effectMs, answerMs } = this.#answer(items);
    return new Promise<Verdict>((resolve, reject) => {
      this.#world.after(effectMs, undefined, () => {
        // A request of a client that died may have been on its way already.
        if (life.isOver && this.#chance.happens(0.3)) return;
        this.#store(request, stored);
        if (answerMs === undefined) return;
        this.#world.after(answerMs, life, () => {
          if (signal.aborted) return;
          this.#noteAnswer(request, verdict);
          resolve(verdict);
        });
      });
      if (this.#mood === 'answer lost' || this.#mood === 'request lost') {
        if (answerMs === undefined) {
          const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
          this.#world.after(effectMs + this.#chance.skewed(1, 5_000), life, () => reject(error));
        }
      }
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  #store(request: SentRequest, items: readonly RequestItem[]): void {
    const all = this.#ledger.storedAt(this.name);
    for (const { id, text } of items) all.push({ id, text, request });
    // What it leaves out comes later than its neighbours, whether the answer that says so arrives or not.
    if (items.length > 0) for (const id of leftOut(request, items)) this.#ledger.overtakenAt(this.name).add(id);
    this.#world.note(() => `${this.name}: request ${request.number} stores ${items.length} of ${request.ids.length}`);
  }

  /** What the client knows from here on. */
  #noteAnswer(request: SentRequest, verdict: Verdict): void {
    this.#world.note(() => `${this.name}: request ${request.number} is answered: ${describe(verdict)}`);
    if (verdict.outcome === 'accepted') {
      request.acknowledged = new Set(request.ids);
      return;
    }
    const named = verdict.outcome === 'partly accepted' ? verdict.refusals : undefined;
    if (named !== undefined) request.acknowledged = new Set(request.ids.filter((_id, index) => !named.has(index)));
    const isDividing = named !== undefined || (verdict.outcome === 'refused' && DIVIDING.has(verdict.code));
    if (!isDividing) return;
    if (request.key !== undefined) this.#ledger.dividedAt(this.name).add(request.key);
    if (named === undefined && request.ids.length > 1) return;
    const overtaken = this.#ledger.overtakenAt(this.name);
    for (const [index, id] of request.ids.entries()) if (named?.has(index) !== false) overtaken.add(id);
  }

  #answer(items: readonly RequestItem[]): Answer {
    const mood = this.#chance.next() < this.#share ? this.#mood : 'well';
    const effectMs = this.#chance.skewed(0.2, 200);
    const answerMs = this.#chance.skewed(0.2, 200);
    const refusing = (refusal: Refusal): Answer => ({ verdict: refusal, stored: [], effectMs, answerMs });
    switch (mood) {
      case 'slow':
        return { ...this.#judge(items), effectMs: this.#chance.between(1, 9_000), answerMs };
      case 'throttled': {
        const retryAfterMs = this.#chance.skewed(0, 20_000);
        return refusing(refused('DEST_THROTTLED', 'too many requests', { statusCode: 429, retryAfterMs }));
      }
      case 'failing':
        // Not the same words twice: nothing points to one of the events.
        return refusing(refused('DEST_FAILED', `it failed for the ${this.#failures++}th time`));
      case 'broken':
        return refusing(refused('DEST_FAILED', 'it failed', { statusCode: 500 }));
      case 'out of order':
        return refusing(refused('DEST_UNAVAILABLE', 'out of order', { statusCode: 503 }));
      case 'unauthorized':
        return refusing(refused('DEST_UNAUTHORIZED', 'the key is wrong', { statusCode: 401 }));
      case 'refusing':
        return refusing(refused('DEST_REJECTED', 'no', { statusCode: 400 }));
      case 'answer lost':
        return { ...this.#judge(items), effectMs, answerMs: undefined };
      case 'request lost':
        return { verdict: accepted(200), stored: [], effectMs, answerMs: undefined };
      case 'hanging':
        // It may store what it was sent long after the client has given up waiting.
        return { ...this.#judge(items), effectMs: this.#chance.between(1, 60_000), answerMs: undefined };
      case 'in part':
        return { ...this.#inPart(items), effectMs, answerMs };
      case 'nothing': {
        const code = this.#chance.pick(['DEST_UNAVAILABLE', 'DEST_FAILED', 'DEST_REJECTED']);
        const refusals = new Map(items.map((_item, index) => [index, refused(code, 'none of them')]));
        return { verdict: partlyAccepted(refusals, 207), stored: [], effectMs, answerMs };
      }
      case 'well':
        return { ...this.#judge(items), effectMs, answerMs };
    }
  }

  /** What a service in order makes of these events. */
  #judge(items: readonly RequestItem[]): Pick<Answer, 'verdict' | 'stored'> {
    const bytes = items.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    if (bytes > this.#taste.maxRequestBytes) {
      return { verdict: refused('DEST_TOO_LARGE', 'too large', { statusCode: 413 }), stored: [] };
    }
    const isPoison = ({ id }: RequestItem): boolean => {
      const event = this.#ledger.published.get(id);
      return event !== undefined && this.#taste.isPoison(event);
    };
    if (!items.some(isPoison)) return { verdict: accepted(200), stored: items };
    switch (this.#taste.poisonAnswer) {
      case 'whole':
        return { verdict: refused('DEST_REJECTED', 'one of them is bad', { statusCode: 400 }), stored: [] };
      case 'failure':
        return { verdict: refused('DEST_FAILED', 'one of them breaks it', { statusCode: 500 }), stored: [] };
      case 'named': {
        const refusals = new Map<number, Refusal>();
        for (const [index, item] of items.entries()) {
          if (isPoison(item)) refusals.set(index, refused('DEST_REJECTED', 'this one is bad'));
        }
        return { verdict: partlyAccepted(refusals, 207), stored: items.filter((item) => !isPoison(item)) };
      }
    }
  }

  #inPart(items: readonly RequestItem[]): Pick<Answer, 'verdict' | 'stored'> {
    const whole = this.#judge(items);
    if (whole.verdict.outcome !== 'accepted') return whole;
    const refusal = this.#chance.pick([
      refused('DEST_UNAVAILABLE', 'not now'),
      refused('DEST_FAILED', `it failed for some, time ${this.#failures++}`),
      refused('DEST_THROTTLED', 'not so many', { retryAfterMs: this.#chance.between(0, 3_000) }),
    ]);
    const refusals = new Map<number, Refusal>();
    for (const index of items.keys()) if (this.#chance.happens(0.4)) refusals.set(index, refusal);
    return { verdict: partlyAccepted(refusals, 207), stored: items.filter((_item, index) => !refusals.has(index)) };
  }
}

/** After these the client may cut the batch into others. */
const DIVIDING: ReadonlySet<string> = new Set(['DEST_REJECTED', 'DEST_TOO_LARGE', 'DEST_FAILED']);

function describe(verdict: Verdict): string {
  switch (verdict.outcome) {
    case 'accepted':
      return 'accepted';
    case 'refused':
      return verdict.code;
    case 'partly accepted':
      return `all but ${[...verdict.refusals].map(([index, { code }]) => `${index} (${code})`).join(', ')}`;
  }
}

function leftOut({ ids }: SentRequest, stored: readonly RequestItem[]): string[] {
  const known = new Set(stored.map(({ id }) => id));
  return ids.filter((id) => !known.has(id));
}
