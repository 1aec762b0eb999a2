/** A seed that found something, which is repaired. */
export interface TellingSeed {
  readonly seed: number;
  readonly about: string;
}

const LEFT_ALONE = 'two workers, and nothing follows a suspect: nobody asks about it again';

export const TELLING_SEEDS: readonly TellingSeed[] = [
  { seed: 129, about: 'a probe is followed by another request before Retry-After is over' },
  { seed: 346, about: 'several workers probe, one of them finds no suspect left: it holds for ever' },
  { seed: 508, about: 'a commit of filtered events fails once: the delivery ends' },
  { seed: 17, about: LEFT_ALONE },
  { seed: 33, about: LEFT_ALONE },
  { seed: 555, about: LEFT_ALONE },
  { seed: 278, about: 'an overrun goes on after a restart, and its first id stays where it was' },
  {
    seed: 73,
    about: 'the last stop asks about a suspect until its time is over, and sends nothing else',
  },
  { seed: 465, about: 'as in 73' },
  {
    seed: 341,
    about: 'two suspects that nothing follows: given up, though the service refuses everything',
  },
  { seed: 868, about: 'two workers: a suspect is refused again and again, and never judged' },
  { seed: 666, about: 'a batch from before a restart is divided, and its events are read again' },
  { seed: 1178, about: 'a probe that is not answered sets its event aside' },
  { seed: 2226, about: 'a probe that is not answered gets another key the next time' },
  { seed: 1034, about: 'a gap is not recorded because the disk fails once' },
  { seed: 1518, about: 'events that were not appended before the end count as heard' },
  { seed: 4753, about: 'while one worker probes with the only suspect, the others turn without end' },
  {
    seed: 9035,
    about: 'an event in hand that the journal moved on from becomes a dead letter without a text',
  },
  { seed: 11475, about: 'a hold among batches from before a restart lets newer events pass' },
  { seed: 2889, about: 'a batch whose cut could not be stored is sent all the same' },
  { seed: 218, about: 'two requests at a time: what was accepted meanwhile counts as accepted between' },
  { seed: 14328, about: 'a request from before a crash brings, late, what was passed over meanwhile' },
  {
    seed: 18089,
    about:
      'the probe of a hold cuts the first event off a stable batch from before the restart, which no answer divided',
  },
];
