import type { Balance, Losses } from './account.ts';

/** What a proof came to. */
export interface Verdict {
  /** Lines for a person: what was counted. */
  readonly report: readonly string[];
  /** What is not as it was promised; none when all is well. */
  readonly faults: readonly string[];
}

/** Events that are nowhere: no run may have any. */
export function lossesOf({ destination, lost, unexplained }: Balance): string[] {
  return [
    ...lossFaults(`${destination}: in the journal, and then neither delivered nor recorded`, lost),
    ...lossFaults(`${destination}: neither delivered nor in a recorded gap`, unexplained),
  ];
}

/** A fault where the service accepts everything: then nothing sets an event aside. */
export function disorderOf({ destination, outOfOrder }: Balance): string[] {
  return outOfOrder > 0 ? [`${destination}: ${outOfOrder} events arrived first after a later one`] : [];
}

/** One line for a person. */
export function describeBalance(balance: Balance): string {
  const { destination, published, delivered, inGap, deadLetters, inOverrun, repeats, outOfOrder } = balance;
  const counted = [
    `${delivered} of ${published} events delivered`,
    `${inGap} in gaps`,
    `${deadLetters} dead letters`,
    `${inOverrun} in overruns`,
    `${repeats} repeats`,
    `${outOfOrder} out of order`,
  ];
  return `${destination}: ${counted.join(', ')}`;
}

/** Prints the verdict; the exit status that it stands for. */
export function tellVerdict({ report, faults }: Verdict): number {
  for (const line of report) console.log(line);
  for (const fault of faults) console.error(`FAULT  ${fault}`);
  console.log(faults.length === 0 ? 'Every event is accounted for.' : `${faults.length} promises are broken.`);
  return faults.length === 0 ? 0 : 1;
}

function lossFaults(what: string, { count, examples }: Losses): string[] {
  if (count === 0) return [];
  const more = count > examples.length ? [`… and ${count - examples.length} more`] : [];
  return [`${what}: ${count} events\n${[...examples, ...more].map((line) => `         ${line}`).join('\n')}`];
}
