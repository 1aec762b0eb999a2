import type { DestinationSettings } from '../settings/settings.js';

export interface DestinationsChange {
  /** Their cursors are forgotten. One whose type has changed is among these and among `added`. */
  readonly gone: readonly DestinationSettings[];
  /** With other options: the cursor stays. */
  readonly replaced: readonly DestinationSettings[];
  readonly added: readonly DestinationSettings[];
}

/** What has to be done so that the destinations of one source become others. */
export function destinationsChange(
  before: readonly DestinationSettings[],
  after: readonly DestinationSettings[],
): DestinationsChange {
  const [old, fresh] = [byName(before), byName(after)];
  const isSameType = ({ name, type }: DestinationSettings): boolean =>
    old.get(name)?.type === type && fresh.get(name)?.type === type;
  return {
    gone: before.filter((each) => !isSameType(each)),
    replaced: after.filter((each) => isSameType(each) && old.get(each.name)?.fingerprint !== each.fingerprint),
    added: after.filter((each) => !isSameType(each)),
  };
}

function byName(destinations: readonly DestinationSettings[]): ReadonlyMap<string, DestinationSettings> {
  return new Map(destinations.map((each) => [each.name, each]));
}
