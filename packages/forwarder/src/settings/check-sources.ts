import { EventSource, OptionError, silentLogger, type EventSourceOptions } from '@grantex/core';
import { nearestName } from './destination-types.js';
import type { Finding } from './settings-document.js';
import { isRecord } from './settings-path.js';
import type { CheckedSettings } from './settings-schema.js';

/** How many connections a source has when the file does not say. */
const DEFAULT_CONNECTIONS = 2;

/** As the file says, or two; more when a source lists more transports. */
export function connectionCount({ connections, sources }: Pick<CheckedSettings, 'connections' | 'sources'>): number {
  const transports = Object.values(sources).map(({ transport }) => [transport].flat().length);
  return connections ?? Math.max(DEFAULT_CONNECTIONS, ...transports);
}

/** Whatever core would refuse that the schema has taken. */
export function sourceFindings(settings: CheckedSettings): Finding[] {
  const connections = connectionCount(settings);
  return Object.entries(settings.sources).flatMap(([name, source]) => refusedByCore(name, { ...source, connections }));
}

/** Making a source opens nothing. */
function refusedByCore(name: string, options: EventSourceOptions): Finding[] {
  try {
    void new EventSource({ ...options, logger: silentLogger });
    return [];
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    return error.problems.map(({ option, expected, got }) => ({ path: ['sources', name, option], expected, got }));
  }
}

/** Each source that a destination names has to be there. */
export function sourceNameFindings(
  destinations: Readonly<Record<string, unknown>>,
  sources: readonly string[],
): Finding[] {
  return Object.entries(destinations).flatMap(([destination, value]) => {
    const named: unknown = isRecord(value) ? value['sources'] : undefined;
    if (!Array.isArray(named)) return [];
    return named.flatMap((name: unknown, index): Finding[] => {
      if (typeof name !== 'string' || name === '' || sources.includes(name)) return [];
      const path = ['destinations', destination, 'sources', index];
      const near = nearestName(name, sources);
      const suggestion = near === undefined ? undefined : `did you mean ${near}?`;
      return [{ path, expected: `one of the sources ${sources.join(', ')}`, got: 'another name', suggestion }];
    });
  });
}
