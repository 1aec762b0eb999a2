/** A seed that found something. */
export interface TellingSeed {
  readonly seed: number;
  readonly about: string;
  /** It is not repaired: the seed still breaks a promise. */
  readonly isOpen: boolean;
}

const LEFT_ALONE = 'two workers, and nothing follows a suspect: nobody asks about it again';

export const TELLING_SEEDS: readonly TellingSeed[] = [
  { seed: 129, about: 'a probe is followed by another request before Retry-After is over', isOpen: false },
  { seed: 346, about: 'several workers probe, one of them finds no suspect left: it holds for ever', isOpen: true },
  { seed: 508, about: 'a commit of filtered events fails once: the delivery ends', isOpen: false },
  { seed: 17, about: LEFT_ALONE, isOpen: true },
  { seed: 33, about: LEFT_ALONE, isOpen: true },
  { seed: 555, about: LEFT_ALONE, isOpen: true },
  { seed: 278, about: 'events that were passed over at the limit are not told', isOpen: true },
];
