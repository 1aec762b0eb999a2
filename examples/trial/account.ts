/** What one destination got, beside what it should have got. */
export interface Account {
  readonly name: string;
  readonly wanted: number;
  readonly delivered: number;
  /** Wanted, and not there. */
  readonly missing: readonly string[];
  /** There, and not wanted. */
  readonly unwanted: readonly string[];
  /** How often an event came that was there before. */
  readonly repeated: number;
}

export function takeAccount(name: string, wanted: readonly string[], arrived: readonly string[]): Account {
  const [expected, there] = [new Set(wanted), new Set(arrived)];
  const missing = wanted.filter((id) => !there.has(id));
  const unwanted = [...there].filter((id) => !expected.has(id));
  const repeated = arrived.length - there.size;
  return { name, wanted: wanted.length, delivered: wanted.length - missing.length, missing, unwanted, repeated };
}

/** The line for one destination. */
export function accountLine({ name, wanted, delivered, missing, unwanted, repeated }: Account): string {
  const counts = [`${wanted} wanted`, `${delivered} delivered`, `${missing.length} missing`];
  if (repeated > 0) counts.push(`${repeated} repeated`);
  if (unwanted.length > 0) counts.push(`${unwanted.length} not wanted`);
  return `  ${name.padEnd(12)}${counts.join(', ')}`;
}

/** The last line of an example. */
export function verdict(accounts: readonly Account[]): string {
  const wrong = accounts.find(({ missing, unwanted }) => missing.length + unwanted.length > 0);
  if (accounts.length === 0) return 'FAILED: nothing was counted.';
  if (wrong === undefined) return 'Nothing is missing.';
  const ids = [...wrong.missing, ...wrong.unwanted].slice(0, 3).join(', ');
  return `FAILED: ${wrong.name} has not what it should have: ${ids}`;
}
