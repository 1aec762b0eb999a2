import { ulid } from './ulid.js';

/** A grant that later events can refer to. */
interface Grant {
  readonly grantId: string;
  readonly agentId: string;
  readonly principalId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string;
}

const SCOPES = [
  'calendar:read',
  'calendar:write',
  'email:read',
  'email:send',
  'files:read',
  'payments:initiate',
] as const;
const GRANT_LIFE_MS = 24 * 60 * 60 * 1000;
const REMEMBERED_GRANTS = 32;

/** The small world in which events happen: its clock, its chance, and the grants that were made a moment ago. */
export class EventScene {
  readonly random: () => number;
  timeMs: number;
  readonly #grants: Grant[] = [];
  #awaitsToken: Grant | undefined;

  constructor(timeMs: number, random: () => number) {
    this.timeMs = timeMs;
    this.random = random;
  }

  id(prefix: string): string {
    return prefix + ulid(this.timeMs, this.random);
  }

  /** A whole number from `least` to `most`. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[Math.floor(this.random() * values.length)] ?? values[0];
  }

  some<Value>(values: readonly Value[], most: number): Value[] {
    const count = this.integer(1, most);
    const start = this.integer(0, values.length - count);
    return values.slice(start, start + count);
  }

  principal(): string {
    return `user-${this.integer(1, 9_999)}@example.com`;
  }

  year(): number {
    return new Date(this.timeMs).getUTCFullYear();
  }

  newGrant(): Grant {
    const grant: Grant = {
      grantId: this.id('grnt_'),
      agentId: this.id('ag_'),
      principalId: this.principal(),
      scopes: this.some(SCOPES, 3),
      expiresAt: new Date(this.timeMs + GRANT_LIFE_MS).toISOString(),
    };
    this.#grants.push(grant);
    if (this.#grants.length > REMEMBERED_GRANTS) this.#grants.shift();
    this.#awaitsToken = grant;
    return grant;
  }

  /** A grant that was made before, or a new one when there is none yet. */
  grant(): Grant {
    return this.#grants[Math.floor(this.random() * this.#grants.length)] ?? this.newGrant();
  }

  /** The grant of the exchange that is going on, so that its two events share a grant; otherwise a refresh of an old one. */
  grantForToken(): Grant {
    const grant = this.#awaitsToken ?? this.grant();
    this.#awaitsToken = undefined;
    return grant;
  }
}
