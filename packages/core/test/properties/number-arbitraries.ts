import * as fc from 'fast-check';

/** The longest delay that an option may say: that of a platform timer. */
const LONGEST_MS = 2 ** 31 - 1;

/** A delay as an option may say it, fractions included; the ends come often. */
export const delayMs = fc.oneof(
  fc.constantFrom(1, 500, 30_000, LONGEST_MS),
  fc.double({ min: 0.001, max: LONGEST_MS, noNaN: true }),
);

/** The number of an attempt: first ones, those at which a power of two overflows, and any other. */
export const attemptNumber = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 1_000, max: 1_100 }),
  fc.maxSafeInteger().map((number) => Math.max(1, Math.abs(number))),
);

/** What a random source gives. */
export const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** A moment of our time, or of another clock's. */
export const moment = fc.integer({ min: 0, max: Date.UTC(2100) });

/** A `Retry-After` header: right, nearly right, and anything. */
export const retryAfterHeader: fc.Arbitrary<string> = fc.oneof(
  fc.nat().map(String),
  fc.bigInt({ min: 0n, max: 10n ** 400n }).map(String),
  fc.float().map(String),
  fc.integer().map(String),
  moment.map((at) => new Date(at).toUTCString()),
  moment.map((at) => new Date(at).toISOString()),
  fc.string({
    unit: fc.constantFrom('0', '1', '9', ':', '-', '+', '.', ',', ' ', 'e', 'x', 'GMT', 'Mar', 'T', '٣', '00:00:00'),
  }),
  fc.string({ unit: 'binary' }),
);
