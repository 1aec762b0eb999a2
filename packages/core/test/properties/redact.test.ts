import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { accepted, BatchingDestination, type CheckResult, type Verdict } from '../../src/index.js';
import { targetOf } from '../../src/destination/target-of.js';

/** Few different characters, so that secrets overlap, contain and repeat one another; none of them is in the mark. */
const secret = fc.string({ unit: fc.constantFrom('a', 'b', '$', '&', '\\'), maxLength: 6 });
const secrets = fc.array(secret, { maxLength: 5 });

/** The secrets and parts of them, run together. */
function textAround(known: readonly string[]): fc.Arbitrary<string> {
  const part = fc
    .constantFrom(...known, 'a', 'b', ' ', '$')
    .chain((whole) => fc.nat(whole.length).map((start) => whole.slice(start === whole.length ? 0 : start)));
  return fc
    .array(fc.oneof(fc.constantFrom('', ...known), part), { maxLength: 8, size: 'max' })
    .map((parts) => parts.join(''));
}

class Knowing extends BatchingDestination {
  constructor(known: readonly string[]) {
    super({ kind: 'knowing', limits: { maxEvents: 1, maxBytes: 1_000 }, batchSize: 1 }, {}, known);
  }

  protected override encode(): string {
    return '';
  }

  protected override async sendBatch(): Promise<Verdict> {
    return accepted();
  }

  protected override async checkService(): Promise<CheckResult> {
    return { ok: true, message: '' };
  }
}

test('no secret is left in a text, however the secrets overlap', () => {
  const input = secrets.chain((known) => fc.tuple(fc.constant(known), textAround(known)));
  fc.assert(
    fc.property(input, ([known, text]) => {
      const clean = targetOf(new Knowing(known)).redact(text);
      expect(known.filter((one) => one !== '' && clean.includes(one))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('a text without a secret stays as it is', () => {
  fc.assert(
    fc.property(secrets, fc.string({ unit: fc.constantFrom('c', 'd', ' ', '['), maxLength: 30 }), (known, text) => {
      expect(targetOf(new Knowing(known)).redact(text)).toBe(text);
    }),
    { numRuns: 100 },
  );
});
