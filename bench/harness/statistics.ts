export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The least number that no more than `part` of the numbers lie below, 0 to 1. NaN of none. */
export function quantile(numbers: readonly number[], part: number): number {
  const index = Math.min(numbers.length - 1, Math.floor(numbers.length * part));
  return numbers.toSorted((one, other) => one - other)[index] ?? Number.NaN;
}

/** Least to most. */
export function spread(numbers: readonly number[]): readonly [number, number] {
  return [Math.min(...numbers), Math.max(...numbers)];
}
