import type { EventDestination } from '@grantex/core';
import { destinationContract, type DestinationContractOptions } from '@grantex/testing';
import { expect, test } from 'vitest';
import type { ArrayOptions } from './array-destination.js';
import { arraySubject } from './array-subject.js';
import { RecordingTest } from './recording-test.js';

export interface PlantedFault {
  readonly bad: new (options: ArrayOptions) => EventDestination;
  /** The promises that name its fault: these tests have to fail, in one of the ways at least. */
  readonly named: readonly string[];
  /** Whether many promises fall with them, so that the others are not looked at; otherwise all others have to pass. */
  readonly othersFall?: true;
}

/** Runs the contract against every bad destination, and looks whether the promises that fail name its fault. */
export function testPlanted(faults: readonly PlantedFault[], options: DestinationContractOptions = {}): void {
  test.each(faults.map((fault) => [fault.bad.name, fault] as const))(
    '%s is found by name',
    { timeout: 60_000 },
    async (_name, { bad: Bad, named, othersFall }) => {
      const recording = new RecordingTest();
      destinationContract(recording.test, () => arraySubject((made) => new Bad(made)), { patienceMs: 500, ...options });
      // To save time the other promises are looked at in one of the two ways only.
      const failed = await recording.run(
        (name) => named.includes(promiseOf(name)) || (othersFall !== true && name.startsWith('alone: ')),
      );
      const promises = new Set([...failed.keys()].map(promiseOf));
      expect([...promises].toSorted()).toEqual(named.toSorted());
    },
  );
}

/** The name of a test without the way in which it was run. */
function promiseOf(name: string): string {
  return name.replace(/^(alone|in a source): /, '');
}
