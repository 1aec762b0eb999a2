import { dirname, resolve } from 'node:path';
import { checkDestinations, fileFindings, type DestinationEntry } from './check-destinations.js';
import { connectionCount, sourceFindings, sourceNameFindings } from './check-sources.js';
import { fillIn, type FilledIn } from './filled-in-values.js';
import { findingsOf, tellFindings } from './findings.js';
import { fingerprintOf } from './fingerprint.js';
import { check, problemsOf, withNumbersFromOutside } from './lenient-check.js';
import { misplacedFindings, sectionFindings } from './sections.js';
import { compileFilter } from './selection/filter.js';
import { compileTransform } from './selection/transform.js';
import { UnreadableSettings, type Finding, type SettingsDocument } from './settings-document.js';
import { pathKey } from './settings-path.js';
import { SettingsError } from './settings-problem.js';
import { settingsOption, type CheckedSettings, type Placement } from './settings-schema.js';
import type { DestinationSettings, Settings } from './settings.js';
import { journalSettings, serverSettings, socketFindings } from './places.js';
import { readDocument } from './read-document.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface LoadOptions {
  readonly env: Env;
  /**
   * For commands that only look, in a shell that does not have the service's secrets: values that are not there are no
   * problem, but for those that say where the journal and the socket are. No destination can be made of such settings.
   * @defaultValue false
   */
  readonly withoutSecrets?: boolean;
}

/** Those that a file may leave out. */
const EMPTY_SECTIONS = { journal: {}, server: {}, logging: {}, metrics: {} };

/**
 * Reads and checks a file of settings: YAML, JSON, or a TypeScript or JavaScript module that exports what `defineConfig`
 * returns. Throws a `SettingsError` with everything that is wrong.
 */
export async function loadSettings(file: string, { env, withoutSecrets = false }: LoadOptions): Promise<Settings> {
  const path = resolve(file);
  let document: SettingsDocument | undefined;
  let filledIn: FilledIn | undefined;
  const findings: Finding[] = [];
  try {
    const read = await readDocument(path, env);
    ({ document } = read);
    filledIn = await fillIn(document, path, env);
    const notThere = filledIn.findings;
    findings.push(...read.findings, ...(withoutSecrets ? notThere.filter(isAboutPlaces) : notThere));
    const settings = await checkSettings(path, filledIn, env, findings);
    if (settings !== undefined && findings.length === 0) return settings;
    // A stand-in that does not pass is told as what it stands for.
    const wrong = new Set(findings.map((finding) => pathKey(finding.path)));
    if (withoutSecrets) findings.unshift(...notThere.filter((finding) => wrong.has(pathKey(finding.path))));
  } catch (error) {
    if (!(error instanceof UnreadableSettings)) throw error;
    findings.push(...error.findings);
  }
  throw new SettingsError(tellFindings(findings, { file, document, filledIn }), filledIn?.files);
}

function isAboutPlaces({ path }: Finding): boolean {
  return path[0] === 'journal' || path[0] === 'server';
}

/** Adds what is wrong to the findings. Undefined: too much of it to go on. */
async function checkSettings(
  file: string,
  filledIn: FilledIn,
  env: Env,
  findings: Finding[],
): Promise<Settings | undefined> {
  const folder = dirname(file);
  const sections = sectionFindings(filledIn.value);
  findings.push(...sections.findings);
  const { sources, destinations } = sections;
  const own = await checkDestinations(destinations, filledIn, folder);
  const placements = own.entries.map(({ name, placement }) => [name, placement] as const);
  const given = {
    ...EMPTY_SECTIONS,
    ...(filledIn.value as object),
    sources,
    destinations: { ...destinations, ...Object.fromEntries(placements) },
  };
  const schema = settingsOption(Object.keys(sources), Object.keys(destinations));
  const problems = (value: unknown): ReturnType<typeof problemsOf> => problemsOf(schema, value);
  const value = withNumbersFromOutside(given, [], filledIn.origins, problems);
  const inSchema = findingsOf(problems(value), value, []);
  const names = Object.keys(sources);
  findings.push(...misplacedFindings(inSchema, filledIn, sections.without, findings));
  findings.push(
    ...own.findings,
    ...sourceNameFindings(destinations, names),
    ...fileFindings(own.entries, names.length),
  );
  const checked = check(schema, value);
  if ('problems' in checked) return undefined;
  const settings = checked.value;
  findings.push(...sourceFindings(settings));
  const journal = journalSettings(settings, folder, env);
  const server = serverSettings(settings, folder, journal);
  findings.push(...socketFindings(server.socket, settings));
  return {
    file,
    watchedFiles: [file, ...new Set(filledIn.files)],
    sources: names.map((name) => sourceSettings(name, settings)),
    journal,
    connections: connectionCount(settings),
    destinations: own.entries.flatMap((entry) => destinationSettings(entry, settings)),
    server,
    logging: settings.logging,
    metrics: { otlp: settings.metrics.otlp },
  };
}

function sourceSettings(name: string, { sources }: CheckedSettings): Settings['sources'][number] {
  const source = sources[name] as CheckedSettings['sources'][string];
  const { types, maxConnectionAgeMs, heartbeatMs } = source;
  return { ...source, name, types, maxConnectionAgeMs, heartbeatMs };
}

function destinationSettings(
  { name, type, options, definition }: DestinationEntry,
  { sources: all, destinations }: CheckedSettings,
): DestinationSettings[] {
  if (type === undefined || definition === undefined) return [];
  const placement = destinations[name] as Placement;
  const { enabled, from, filter, transform, sources: named } = placement;
  const sources = named === undefined ? Object.keys(all) : [...new Set(named)];
  return [
    {
      name,
      type,
      definition,
      options,
      sources,
      enabled,
      from,
      filter: filter && compileFilter(filter),
      transform: transform && compileTransform(transform),
      fingerprint: fingerprintOf(type, options, placement, sources),
    },
  ];
}
