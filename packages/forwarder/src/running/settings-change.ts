import { isDeepStrictEqual } from 'node:util';
import type { Settings, SourceSettings } from '../settings/settings.js';

/** What differs between two files of settings, beside the destinations. */
export interface SettingsChange {
  readonly addedSources: readonly SourceSettings[];
  readonly removedSources: readonly SourceSettings[];
  /** Nothing but the key differs: the connections are replaced, and nothing else. */
  readonly newKeys: readonly SourceSettings[];
  /** A new one listens before the old one stops. */
  readonly replacedSources: readonly SourceSettings[];
  /** Parts of the file that are read at the start only. */
  readonly needsRestart: readonly string[];
}

export function settingsChange(before: Settings, after: Settings): SettingsChange {
  const needsRestart: string[] = [];
  const { type, folder } = before.journal;
  if (after.journal.type !== type || after.journal.folder !== folder) needsRestart.push('journal');
  if (!isDeepStrictEqual(after.server, before.server)) needsRestart.push('server');
  if (!isDeepStrictEqual(after.metrics, before.metrics)) needsRestart.push('metrics');
  if (after.logging.format !== before.logging.format) needsRestart.push('logging.format');

  const old = new Map(before.sources.map((source) => [source.name, source]));
  const kept = after.sources.filter(({ name }) => old.has(name));
  const isForAll =
    after.connections !== before.connections || !isDeepStrictEqual({ ...after.journal, type, folder }, before.journal);
  const isOther = (source: SourceSettings): boolean =>
    isForAll || !isDeepStrictEqual({ ...source, apiKey: '' }, { ...old.get(source.name), apiKey: '' });
  const other = kept.filter(isOther);
  // A journal in memory cannot be handed over.
  if (type === 'memory') needsRestart.push(...other.map(({ name }) => `sources.${name}`));
  return {
    addedSources: after.sources.filter(({ name }) => !old.has(name)),
    removedSources: before.sources.filter(({ name }) => !after.sources.some((source) => source.name === name)),
    newKeys: kept.filter((source) => !isOther(source) && old.get(source.name)?.apiKey !== source.apiKey),
    replacedSources: type === 'memory' ? [] : other,
    needsRestart,
  };
}
