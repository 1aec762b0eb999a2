// Above 300 lines: one table of wrong settings, with every message in full.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SettingsFolder } from './settings-folder.js';

/** Every value in the environment, and in the files, that no message may show. */
const SECRET = 'correct-horse-battery-staple';
const APPLICATION_KEY = '0123456789abcdef0123456789abcdef01234567';

interface Wrong {
  readonly what: string;
  /** `lines` takes the first new line off. */
  readonly text: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Undefined: nowhere in the file. */
  readonly at: readonly [line: number, column: number] | undefined;
  readonly path: string;
  readonly expected: string;
  readonly got: string;
  readonly suggestion?: string;
}

const TYPES = 'one of bigquery, datadog, file, http, kafka, loki, s3, splunk, or a package that is installed';

const SOURCES = `sources:
  production:
    url: https://api.grantex.dev
    apiKey: gx_live_1
`;
/** Line 5 is the first behind it. */
const withSources = (rest: string): string => SOURCES + rest;
const DATADOG = `destinations:
  datadog:
    apiKey: 0123456789abcdef0123456789abcdef
`;
const NAMED_TYPES = 'an event type without commas, spaces and wildcards (globs go into the filter of a destination)';

const WRONG: readonly Wrong[] = [
  {
    what: 'a tab for indentation',
    text: 'sources:\n\tproduction:\n\t\turl: https://api.grantex.dev\n',
    at: [2, 1],
    path: '',
    expected: 'spaces before a key',
    got: 'a tab',
    suggestion: 'YAML is indented with spaces only',
  },
  {
    what: 'a quote that is not closed',
    text: `sources:\n  production:\n    url: "https://api.grantex.dev\n    apiKey: ${SECRET}\n`,
    at: [3, 10],
    path: '',
    expected: 'a closing quote',
    got: 'a text that goes on to the end of the file',
  },
  {
    what: 'keys of one level in different columns',
    text: 'sources:\n  production:\n    url: https://api.grantex.dev\n   apiKey: x\n',
    at: [4, 1],
    path: '',
    expected: 'the keys of one level in the same column',
    got: 'one that stands further left or right',
    suggestion: 'check the spaces before it, and brackets that are not closed',
  },
  {
    what: 'a second colon in a value',
    text: withSources('destinations:\n  file: path: events.ndjson\n'),
    at: [6, 9],
    path: '',
    expected: 'one value behind a key',
    got: 'a second colon, or keys beneath a value',
    suggestion: 'put quotes around a text with a colon in it',
  },
  {
    what: 'no space behind the colon',
    text: `sources:\n  production:\n    apiKey:${SECRET}\n    url: https://api.grantex.dev\n`,
    at: [3, 5],
    path: '',
    expected: 'a colon and a value behind each key',
    got: 'something without them',
    suggestion: 'check that a space follows the colon',
  },
  {
    what: 'an unquoted @',
    text: withSources('destinations:\n  custom:\n    type: @acme/destination\n'),
    at: [7, 11],
    path: '',
    expected: 'a value',
    got: 'a character that YAML keeps for itself',
    suggestion: 'put quotes around a text that has special characters in it',
  },
  {
    what: 'an unquoted glob, which is an alias',
    text: withSources(`${DATADOG}    filter: { types: [ *.created ] }\n`),
    at: [8, 24],
    path: '',
    expected: 'an anchor (&name) before each alias (*name)',
    got: 'an alias without one',
    suggestion: 'put quotes around a text that begins with *',
  },
  {
    what: 'a variable without quotes inside of { }',
    text: withSources('destinations:\n  datadog: { site: EU, apiKey: ${DD_API_KEY} }\n'),
    at: [6, 32],
    path: '',
    expected: 'quotes around ${…} inside of { } and [ ]',
    got: 'none',
    suggestion: 'write "${NAME}"',
  },
  {
    what: 'two documents',
    text: `${SOURCES}---\n${DATADOG}`,
    at: [5, 1],
    path: '',
    expected: 'one document',
    got: 'another one behind ---',
  },
  {
    what: 'a list where the key should be',
    text: `${SOURCES}? [${SECRET}]\n: 1\n`,
    at: [5, 3],
    path: '',
    expected: 'a text as a key',
    got: 'a list or a map',
  },
  {
    what: 'the same key twice',
    text: withSources(`destinations:\n  datadog:\n    apiKey: one\n    site: EU\n    apiKey: ${SECRET}\n`),
    at: [9, 5],
    path: 'destinations.datadog.apiKey',
    expected: 'each key once',
    got: 'a second one (the first is in line 7)',
  },
  {
    what: 'a file with nothing in it',
    text: '# nothing yet\n',
    at: undefined,
    path: '',
    expected: 'sources and destinations',
    got: 'an empty file',
    suggestion: 'grantex-forwarder init writes a file to begin with',
  },
  {
    what: 'a list instead of a map of sources',
    text: `sources:\n  - url: https://api.grantex.dev\n    apiKey: gx_live_1\n${DATADOG}`,
    at: [1, 1],
    path: 'sources',
    expected: 'sources by name, at least one',
    got: 'a list',
    suggestion: 'write a name and a colon above the options of each source',
  },
  {
    what: 'destination instead of destinations',
    text: withSources('destination:\n  datadog:\n    apiKey: abc\n'),
    at: [5, 1],
    path: 'destination',
    expected: 'a known option',
    got: 'an unknown one',
    suggestion: 'did you mean destinations?',
  },
  {
    what: 'no destinations',
    text: SOURCES,
    at: undefined,
    path: 'destinations',
    expected: 'destinations by name, at least one',
    got: 'nothing',
  },
  {
    what: 'a destination that stands too far left',
    text: withSources('destinations:\ndatadog:\n  apiKey: abc\n'),
    at: [6, 1],
    path: 'datadog',
    expected: 'one of sources, journal, connections, destinations, server, logging, metrics',
    got: 'an unknown one',
    suggestion: 'indent it, if it belongs beneath destinations',
  },
  {
    what: 'a misspelled type',
    text: withSources('destinations:\n  siem:\n    type: splnuk\n    hecToken: abc\n'),
    at: [7, 11],
    path: 'destinations.siem.type',
    expected: TYPES,
    got: '"splnuk"',
    suggestion: 'did you mean splunk?',
  },
  {
    what: 'no type, and a name that is none',
    text: withSources('destinations:\n  datdog:\n    apiKey: abc\n'),
    at: [6, 3],
    path: 'destinations.datdog.type',
    expected: TYPES,
    got: 'nothing',
    suggestion: 'did you mean datadog?',
  },
  {
    what: 'a package that is not installed',
    text: withSources('destinations:\n  custom:\n    type: "@acme/not-installed"\n'),
    at: [7, 11],
    path: 'destinations.custom.type',
    expected: TYPES,
    got: '"@acme/not-installed"',
    suggestion: 'npm install @acme/not-installed',
  },
  {
    what: 'a package without a definition',
    text: withSources('destinations:\n  custom:\n    type: commander\n'),
    at: [7, 11],
    path: 'destinations.custom.type',
    expected: 'a package with the definition of one destination',
    got: 'one without',
    suggestion: 'it has to export what defineDestination() returns',
  },
  {
    what: 'apikey instead of apiKey',
    text: withSources(`destinations:\n  datadog:\n    apikey: ${SECRET}\n`),
    at: [7, 5],
    path: 'destinations.datadog.apikey',
    expected: 'a known option',
    got: 'an unknown one',
    suggestion: 'did you mean apiKey?',
  },
  {
    what: 'no key of the source',
    text: `sources:\n  production:\n    url: https://api.grantex.dev\n${DATADOG}`,
    at: [2, 3],
    path: 'sources.production.apiKey',
    expected: 'a text',
    got: 'nothing',
  },
  {
    what: 'a text instead of a number',
    text: withSources(`${DATADOG}    batchSize: many\n`),
    at: [8, 16],
    path: 'destinations.datadog.batchSize',
    expected: 'a whole number from 1 to 1000',
    got: 'a text of 4 characters',
  },
  {
    what: 'a number instead of a text',
    text: `sources:\n  production:\n    url: https://api.grantex.dev\n    apiKey: 12345678\n${DATADOG}`,
    at: [4, 13],
    path: 'sources.production.apiKey',
    expected: 'a text',
    got: 'a number',
    suggestion: 'put quotes around it',
  },
  {
    what: 'yes instead of true',
    text: withSources(`${DATADOG}    enabled: yes\n`),
    at: [8, 14],
    path: 'destinations.datadog.enabled',
    expected: 'true or false',
    got: 'a text of 3 characters',
    suggestion: 'write true',
  },
  {
    what: 'a variable that is not set',
    text: withSources('destinations:\n  datadog:\n    apiKey: ${DD_API_KEY}\n'),
    at: [7, 13],
    path: 'destinations.datadog.apiKey',
    expected: 'a value in the environment variable DD_API_KEY',
    got: 'none of this name',
    suggestion: 'set DD_API_KEY, or write ${DD_API_KEY:-default}',
  },
  {
    what: 'a variable that is empty',
    text: withSources('destinations:\n  datadog:\n    apiKey: ${DD_API_KEY}\n'),
    env: { DD_API_KEY: '' },
    at: [7, 13],
    path: 'destinations.datadog.apiKey',
    expected: 'a value in the environment variable DD_API_KEY',
    got: 'an empty one',
    suggestion: 'set DD_API_KEY, or write ${DD_API_KEY:-} if it may be empty',
  },
  {
    what: 'a variable in a form of the shell that is not known here',
    text: withSources('destinations:\n  datadog:\n    apiKey: ${DD_API_KEY:?missing}\n'),
    env: { DD_API_KEY: SECRET },
    at: [7, 13],
    path: 'destinations.datadog.apiKey',
    expected: '${NAME} or ${NAME:-default}',
    got: 'something else behind ${',
    suggestion: 'write $${ for the characters ${',
  },
  {
    what: 'a secret whose file is missing',
    text: withSources('destinations:\n  datadog:\n    apiKey: file:/nowhere/run/secrets/dd\n'),
    at: [7, 13],
    path: 'destinations.datadog.apiKey',
    expected: 'a value in the file /nowhere/run/secrets/dd',
    got: 'no such file',
  },
  {
    what: 'a number from the environment that is too large',
    text: withSources(`connections: \${CONNECTIONS}\n${DATADOG}`),
    env: { CONNECTIONS: '77' },
    at: [5, 14],
    path: 'connections',
    expected: 'a whole number from 1 to 5',
    got: 'another value, from ${CONNECTIONS}',
  },
  {
    what: 'a word from the environment that is no choice',
    text: withSources(`${DATADOG}    compression: \${COMPRESSION}\n`),
    env: { COMPRESSION: 'hunter2' },
    at: [8, 18],
    path: 'destinations.datadog.compression',
    expected: 'one of gzip, zstd, none',
    got: 'another value, from ${COMPRESSION}',
  },
  {
    what: 'an unknown word in a filter',
    text: withSources(`${DATADOG}    filter:\n      type: [grant.*]\n      where: { data.agentId: agent_1 }\n`),
    at: [9, 7],
    path: 'destinations.datadog.filter.type',
    expected: 'a known option',
    got: 'an unknown one',
    suggestion: 'did you mean types?',
  },
  {
    what: 'a glob among the types of a source',
    text: `${SOURCES}    types: [token.issued, grant.*]\n${DATADOG}`,
    at: [5, 27],
    path: 'sources.production.types[1]',
    expected: NAMED_TYPES,
    got: 'one that has them',
  },
  {
    what: 'too many connections',
    text: withSources(`connections: 9\n${DATADOG}`),
    at: [5, 14],
    path: 'connections',
    expected: 'a whole number from 1 to 5',
    got: '9',
  },
  {
    what: 'fewer connections than transports',
    text: `${SOURCES}    transport: [sse, websocket]\nconnections: 1\n${DATADOG}`,
    at: [6, 14],
    path: 'connections',
    expected: 'at least 2, one for each transport of sources.production',
    got: '1',
  },
  {
    what: 'plain http to another machine',
    text: `sources:\n  production:\n    url: http://api.grantex.example\n    apiKey: gx_live_1\n${DATADOG}`,
    at: [3, 10],
    path: 'sources.production.url',
    expected: 'https, because a key is sent there',
    got: "plain http to api.grantex.example (to allow it all the same: allowInsecureHosts: ['api.grantex.example'])",
  },
  {
    what: 'plain http to a machine that the environment names',
    text: `sources:\n  production:\n    url: \${GRANTEX_URL}\n    apiKey: gx_live_1\n${DATADOG}`,
    env: { GRANTEX_URL: `http://${SECRET}.example` },
    at: [3, 10],
    path: 'sources.production.url',
    expected: 'https, because a key is sent there',
    got: 'another value, from ${GRANTEX_URL}',
  },
  {
    what: 'a key inside of an address',
    text: withSources(`destinations:\n  http:\n    url: https://user:${SECRET}@siem.example/events\n`),
    at: [7, 10],
    path: 'destinations.http.url',
    expected: 'a URL without user name and password',
    got: 'one that has them',
  },
  {
    what: "Datadog's application key instead of its API key",
    text: withSources('destinations:\n  datadog:\n    apiKey: ${DD_KEY}\n'),
    env: { DD_KEY: APPLICATION_KEY },
    at: [7, 13],
    path: 'destinations.datadog.apiKey',
    expected: 'an API key (32 hexadecimal characters, from Organization Settings > API Keys)',
    got: 'an application key, which cannot send logs',
  },
  {
    what: 'a source that there is not',
    text: withSources(`${DATADOG}    sources: [prodution]\n`),
    at: [8, 15],
    path: 'destinations.datadog.sources[0]',
    expected: 'one of the sources production',
    got: 'another name',
    suggestion: 'did you mean production?',
  },
  {
    what: 'a name that fits no label',
    text: withSources('destinations:\n  my files:\n    type: file\n    path: events.ndjson\n'),
    at: [6, 3],
    path: 'destinations.my files',
    expected: 'a name of letters, digits, _, . and -, 64 at most, beginning with a letter or a digit',
    got: 'another one',
  },
  {
    what: 'two destinations that write one file',
    text: withSources(
      'destinations:\n  file:\n    path: events.ndjson\n  again:\n    type: file\n    path: ./events.ndjson\n',
    ),
    at: [10, 11],
    path: 'destinations.again.path',
    expected: 'a file of its own',
    got: 'that of the destination file',
  },
  {
    what: 'one file for two sources',
    text:
      `${SOURCES}  staging:\n    url: https://staging.grantex.dev\n    apiKey: gx_test_1\n` +
      'destinations:\n  file:\n    path: events.ndjson\n',
    at: [9, 3],
    path: 'destinations.file',
    expected: 'one source, because a file has one writer',
    got: '2',
    suggestion: 'make one destination of type file for each source, and name the source in its sources',
  },
  {
    what: 'a journal whose size has a unit that is not known',
    text: withSources(`journal: { maxBytes: 1 gigabyte }\n${DATADOG}`),
    at: [5, 22],
    path: 'journal.maxBytes',
    expected: 'at least 100000 bytes, as a number or as a text such as 1GiB or 500MB',
    got: 'something else',
  },
  {
    what: 'a socket whose path is too long',
    text: withSources(`server:\n  socket: /run/${'x'.repeat(100)}/control.sock\n${DATADOG}`),
    at: [6, 11],
    path: 'server.socket',
    expected: 'a socket whose absolute path has at most 100 bytes (a limit of Unix)',
    got: '118',
    suggestion: 'set server.socket to a shorter path',
  },
  {
    what: 'a misspelled word of the forwarder',
    text: withSources(`${DATADOG}    enable: false\n`),
    at: [8, 5],
    path: 'destinations.datadog.enable',
    expected: 'a known option',
    got: 'an unknown one',
    suggestion: 'did you mean enabled?',
  },
  {
    what: 'a misspelled word deep inside',
    text: withSources(`${DATADOG}metrics:\n  otlp:\n    url: http://collector:4318/v1/metrics\n    header: { a: b }\n`),
    at: [11, 5],
    path: 'metrics.otlp.header',
    expected: 'a known option',
    got: 'an unknown one',
    suggestion: 'did you mean headers?',
  },
];

test.each(WRONG)('wrong: $what', async ({ text, env = {}, at, path, expected, got, suggestion }) => {
  await using folder = await SettingsFolder.make();
  const file = join(folder.path, 'settings.yaml');
  expect(await folder.problems(text, env)).toEqual([
    { file, line: at?.[0], column: at?.[1], path, expected, got, suggestion },
  ]);
});

test('no message shows a secret or where in the program it arose', async () => {
  await using folder = await SettingsFolder.make();
  for (const { text, env } of WRONG) {
    const { message } = (await folder.error(text, env)) ?? { message: '' };
    expect(message).not.toBe('');
    expect(message).not.toMatch(/\n\s+at /);
    for (const secret of [SECRET, APPLICATION_KEY, 'hunter2', '77,']) expect(message).not.toContain(secret);
  }
});
