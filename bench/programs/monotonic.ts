/** A clock that all processes of one machine share, milliseconds with fractions. Only differences mean something. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
