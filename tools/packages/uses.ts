/** What a program does with one package. */
interface Use {
  /** Classes by the name of their export, with what stands between the brackets of `new`. */
  readonly constructed?: Readonly<Record<string, string>>;
  /** Other exports that a program uses, in an expression that is awaited. */
  readonly expressions?: readonly string[];
  /** Their names. */
  readonly functions?: readonly string[];
}

const OBSERVER = '{ onOverrun() {}, onFilling() {} }';
const SOURCE = "{ url: 'http://127.0.0.1:1', apiKey: 'gx_test_not_a_key' }";

/** A source that was not started has nothing to close. */
const WITHOUT_CLOSE: readonly string[] = ['DestinationError', 'EventSource', 'ManualClock'];

/** By package. Nothing here opens a connection: addresses are of this machine, with nobody there. */
const USES: Readonly<Record<string, Use>> = {
  '@grantex/core': {
    constructed: { EventSource: SOURCE, MemoryJournal: '', DestinationError: "'DEST_REJECTED', 'no'" },
    functions: ['isKnownEvent', 'EVENT_TYPES'],
    expressions: ['EVENT_TYPES.length > 0', "typeof isKnownEvent === 'function'"],
  },
  '@grantex/destination-bigquery': {
    constructed: { BigQueryDestination: "{ projectId: 'project', datasetId: 'dataset', tableId: 'events' }" },
  },
  '@grantex/destination-datadog': {
    constructed: { DatadogDestination: "{ apiKey: '0123456789abcdef0123456789abcdef' }" },
  },
  '@grantex/destination-file': { constructed: { FileDestination: "{ path: '-' }" } },
  '@grantex/destination-http': { constructed: { HttpDestination: "{ url: 'http://127.0.0.1:1' }" } },
  '@grantex/destination-kafka': { constructed: { KafkaDestination: "{ brokers: ['127.0.0.1:1'], topic: 'events' }" } },
  '@grantex/destination-loki': { constructed: { LokiDestination: "{ url: 'http://127.0.0.1:1' }" } },
  '@grantex/destination-s3': { constructed: { S3Destination: "{ bucket: 'audit', region: 'eu-central-1' }" } },
  '@grantex/destination-splunk': {
    constructed: {
      SplunkDestination: "{ hecUrl: 'http://127.0.0.1:1', hecToken: '5e1f7a52-3c9b-4f06-9a41-6d0c2b8e7f13' }",
    },
  },
  '@grantex/forwarder': {
    functions: ['defineConfig'],
    expressions: [
      `defineConfig({ sources: { one: ${SOURCE} }, destinations: { lines: { type: 'file', path: '-' } } }) !== undefined`,
    ],
  },
  '@grantex/journal-sqlite': {
    constructed: { SqliteJournal: "{ path: 'journal.db' }" },
    expressions: [`(await made.SqliteJournal.open(${OBSERVER})).recentIds !== undefined`],
  },
  '@grantex/testing': {
    constructed: { ManualClock: '' },
    functions: ['EventServer', 'makeEvents'],
    expressions: ['(await EventServer.start()).close().then(() => true)', 'makeEvents(1).length === 1'],
  },
};

/** The umbrella has every destination, and of core what a program needs. */
function useOfUmbrella(): Use {
  const ofDestinations = Object.entries(USES).filter(([name]) => name.startsWith('@grantex/destination-'));
  const { constructed = {} } = USES['@grantex/core'] ?? {};
  return { constructed: Object.assign({}, constructed, ...ofDestinations.map(([, use]) => use.constructed)) };
}

export type ProgramKind = 'import' | 'require';

/** A program that loads a package, makes what there is to make, closes it, and prints the names of the exports as JSON. */
export function programFor(name: string, kind: ProgramKind): string {
  // A package without a row is loaded, and that is all.
  const use = name === '@grantex/destinations' ? useOfUmbrella() : (USES[name] ?? {});
  const { constructed = {}, functions = [], expressions = [] } = use;
  const names = [...new Set([...Object.keys(constructed), ...functions])].join(', ');
  const [all, some] =
    kind === 'import'
      ? [`import * as all from '${name}';`, `import { ${names} } from '${name}';`]
      : [`const all = require('${name}');`, `const { ${names} } = all;`];
  const made = Object.entries(constructed).map(([className, args]) => `    ${className}: new ${className}(${args}),`);
  const closed = Object.keys(constructed).filter((className) => !WITHOUT_CLOSE.includes(className));
  return [
    all,
    ...(names === '' ? [] : [some]),
    'async function use() {',
    `  const made = {\n${made.join('\n')}\n  };`,
    ...expressions.map((text) => `  if (!(await (${text}))) throw new Error(${JSON.stringify(text)});`),
    ...closed.map((className) => `  await made.${className}.close();`),
    '}',
    'use().then(() => console.log(JSON.stringify(Object.keys(all).sort())));',
    '',
  ].join('\n');
}
