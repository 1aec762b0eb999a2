import type { ReloadReport } from '../control/control-protocol.js';
import type { DestinationSettings, Settings } from '../settings/settings.js';
import type { SettingsChange } from './settings-change.js';
import type { Discarded } from './source-runner.js';

/** What a reload did, for whoever asked for it. */
export function reloadReport(
  before: Settings,
  after: Settings,
  change: SettingsChange,
  discarded: Discarded,
): ReloadReport {
  const [old, fresh] = [byName(before), byName(after)];
  const isSame = (each: DestinationSettings): boolean => {
    const former = old.get(each.name);
    return former?.fingerprint === each.fingerprint && former.enabled === each.enabled;
  };
  return {
    added: namesOf(
      change.addedSources,
      after.destinations.filter(({ name }) => !old.has(name)),
    ),
    changed: namesOf(
      change.newKeys,
      change.replacedSources,
      after.destinations.filter((each) => old.has(each.name) && !isSame(each)),
    ),
    removed: namesOf(
      change.removedSources,
      before.destinations.filter(({ name }) => !fresh.has(name)),
    ),
    unchanged: namesOf(after.destinations.filter(isSame)),
    needs_restart: change.needsRestart,
    discarded: Object.fromEntries([...discarded].filter(([, count]) => count > 0)),
  };
}

/** In a line. */
export function tellReload({ added, changed, removed, needs_restart: needsRestart }: ReloadReport): string {
  const parts = { added, changed, removed, 'takes a restart': needsRestart };
  const told = Object.entries(parts)
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what}: ${names.join(', ')}`);
  return told.length === 0 ? 'nothing differs' : told.join('; ');
}

function byName({ destinations }: Settings): ReadonlyMap<string, DestinationSettings> {
  return new Map(destinations.map((each) => [each.name, each]));
}

function namesOf(...lists: readonly (readonly { readonly name: string }[])[]): string[] {
  return lists.flat().map(({ name }) => name);
}
