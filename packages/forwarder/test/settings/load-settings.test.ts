// Above 300 lines: every form of a file, and every place that values come from.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GrantexEvent } from '@grantex/core';
import { beforeEach, afterEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.js';
import { SettingsError } from '../../src/settings/settings-problem.js';
import { SettingsFolder } from './settings-folder.js';

let folder: SettingsFolder;
beforeEach(async () => {
  folder = await SettingsFolder.make();
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const MINIMAL = `
sources: { production: { url: 'https://api.grantex.dev', apiKey: gx_1 } }
destinations: { file: { path: events.ndjson } }
`;

const event = (data: Record<string, unknown>, type = 'grant.created'): GrantexEvent =>
  ({ id: 'evt_1', type, createdAt: '2026-01-01T00:00:00.000Z', data }) as unknown as GrantexEvent;

const moduleText = (apiKey: string): string =>
  `const apiKey: string = '${apiKey}';
       export default { sources: { a: { url: 'https://api.grantex.dev', apiKey } }, destinations: { file: { path: '-' } } };`;

const why = async (file: string): Promise<string | undefined> => {
  const error: unknown = await loadSettings(file, { env: {} }).catch((reason: unknown) => reason);
  return error instanceof SettingsError ? error.problems[0]?.got : undefined;
};

const withKey = (apiKey: string, rest = ''): string => `
sources: { production: { url: 'https://api.grantex.dev', apiKey: ${apiKey} } }
destinations: { file: { path: '-' } }
${rest}`;

const fingerprint = async (words: string): Promise<string | undefined> => {
  const text = `
sources: { a: { url: 'https://api.grantex.dev', apiKey: x }, b: { url: 'https://b.grantex.dev', apiKey: x } }
destinations: { http: { url: 'https://siem.example', ${words} } }`;
  return (await folder.load(text, { KEY: 'v1' })).destinations[0]?.fingerprint;
};

describe('defaults', () => {
  test('a file with the least in it', async () => {
    const settings = await folder.load(MINIMAL);
    const data = join(folder.path, 'grantex-forwarder-data');
    expect(settings).toMatchObject({
      file: join(folder.path, 'settings.yaml'),
      watchedFiles: [join(folder.path, 'settings.yaml')],
      connections: 2,
      journal: {
        type: 'disk',
        folder: data,
        maxBytes: 1_073_741_824,
        whenFull: 'overrun',
        retainMs: 3_600_000,
        maxDeadLetters: 10_000,
      },
      server: {
        http: { host: '127.0.0.1', port: 9464 },
        socket: join(data, 'control.sock'),
        stopDeadlineMs: 20_000,
      },
      logging: { level: 'info', format: 'auto' },
      metrics: { otlp: undefined },
    });
    expect(settings.sources).toEqual([
      {
        name: 'production',
        url: 'https://api.grantex.dev',
        apiKey: 'gx_1',
        types: undefined,
        transport: 'sse',
        maxConnectionAgeMs: undefined,
        gapEvents: false,
        heartbeatMs: undefined,
        allowInsecureHosts: [],
      },
    ]);
    expect(settings.destinations).toMatchObject([
      {
        name: 'file',
        type: 'file',
        options: { name: 'file', path: 'events.ndjson' },
        sources: ['production'],
        enabled: true,
        from: 'head',
        filter: undefined,
        transform: undefined,
      },
    ]);
  });

  test('the folder that systemd gives, the first of several', async () => {
    const { journal } = await folder.load(MINIMAL, { STATE_DIRECTORY: '/var/lib/one:/var/lib/two' });
    expect(journal.folder).toBe('/var/lib/one');
  });

  test('folder and socket are relative to the file', async () => {
    const text = `${MINIMAL}journal: { folder: data, maxBytes: 1GiB }\nserver: { http: false, socket: run/c.sock }\n`;
    const { journal, server } = await folder.load(text, { STATE_DIRECTORY: '/var/lib/one' });
    expect(journal).toMatchObject({ folder: join(folder.path, 'data'), maxBytes: 1_073_741_824 });
    expect(server).toMatchObject({ http: undefined, socket: join(folder.path, 'run/c.sock') });
  });

  test.each([
    ['500MB', 500_000_000],
    ['1.5 GiB', 1_610_612_736],
    ['2000000', 2_000_000],
    ['250 kb', 250_000],
  ])('a journal of %s', async (size, bytes) => {
    expect((await folder.load(`${MINIMAL}journal: { maxBytes: ${size} }`)).journal.maxBytes).toBe(bytes);
  });

  test('as many connections as transports, when the file does not say', async () => {
    const { connections } = await folder.load(`
sources: { production: { url: 'https://api.grantex.dev', apiKey: gx_1, transport: [sse, websocket, sse] } }
destinations: { file: { path: '-' } }
`);
    expect(connections).toBe(3);
  });

  test('sections and options with nothing behind them count as left out', async () => {
    const settings = await folder.load(`${MINIMAL}journal:\nserver:\n  port:\nlogging:\n`);
    expect(settings).toMatchObject({ journal: { type: 'disk' }, server: { http: { port: 9464 } } });
  });
});

describe('forms of the file', () => {
  test('JSON with tabs', async () => {
    const text = JSON.stringify(
      { sources: { a: { url: 'https://api.grantex.dev', apiKey: 'x' } }, destinations: { file: { path: '-' } } },
      undefined,
      '\t',
    );
    expect((await folder.load(text, {}, 'settings.json')).sources[0]?.name).toBe('a');
    expect(await folder.problems(text.replace('"apiKey"', '"apikey"'), {}, 'settings.json')).toMatchObject([
      { line: 5, column: 4, path: 'sources.a.apikey', suggestion: 'did you mean apiKey?' },
    ]);
  });

  test('anchors and aliases', async () => {
    const settings = await folder.load(`
sources: { a: { url: https://api.grantex.dev, apiKey: x } }
destinations:
  one: &siem { type: http, url: https://siem.example, retry: { maxMs: 5000 } }
  two: *siem
`);
    expect(settings.destinations.map(({ name, options }) => [name, options['url']])).toEqual([
      ['one', 'https://siem.example'],
      ['two', 'https://siem.example'],
    ]);
  });

  test('a module, which is read again when it has changed', async () => {
    for (const apiKey of ['first', 'second']) {
      const { sources } = await folder.load(moduleText(apiKey), {}, 'settings.config.mts');
      expect(sources[0]?.apiKey).toBe(apiKey);
    }
  });

  test('in a module a problem has no line, and no value is shown', async () => {
    const text = `export default {
      sources: { a: { url: 'https://api.grantex.dev', apiKey: 'x', transport: 'hunter2' } }, destinations: { file: { path: '-' } } };`;
    expect(await folder.problems(text, {}, 'settings.config.mjs')).toMatchObject([
      { line: undefined, column: undefined, path: 'sources.a.transport', got: 'a text of 7 characters' },
    ]);
  });

  test.each([
    ['export const settings = {};', 'settings as the default export', 'a module without one'],
    ['throw new Error("the key is hunter2hunter2\\nmore");', 'a module that can be loaded', 'an error: the key is …'],
  ])('a module that says nothing: %s', async (text, expected, got) => {
    expect(await folder.problems(text, { KEY: 'hunter2hunter2' }, 'settings.config.mjs')).toMatchObject([
      { path: '', expected, got },
    ]);
  });
});

describe('a file that cannot be read', () => {
  test('each reason has words of its own', async () => {
    await mkdir(join(folder.path, 'folder.yaml'));
    await writeFile(join(folder.path, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0xe9]));
    await writeFile(join(folder.path, 'large.yaml'), `#${'x'.repeat(1_048_576)}`);
    expect(await why(join(folder.path, 'missing.yaml'))).toBe('no such file');
    expect(await why(join(folder.path, 'missing.config.ts'))).toBe('no such file');
    expect(await why(join(folder.path, 'folder.yaml'))).toBe('a directory');
    expect(await why(join(folder.path, 'latin.yaml'))).toBe('a file that is no text in UTF-8');
    expect(await why(join(folder.path, 'large.yaml'))).toBe('a file of more than 1048576 bytes');
    expect(await why('/dev/null')).toBe('something that is no regular file');
  });

  test.skipIf(process.getuid?.() === 0)('no right to read it', async () => {
    const file = await folder.write('private.yaml', MINIMAL);
    await chmod(file, 0o000);
    expect(await why(file)).toBe('one that this user may not read');
  });

  test('aliases that would fill the memory', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x]'];
    for (const [name, before] of Object.entries({ b: 'a', c: 'b', d: 'c', e: 'd' })) {
      bomb.push(`${name}: &${name} [${Array.from({ length: 8 }, () => `*${before}`).join(', ')}]`);
    }
    expect(await folder.problems(bomb.join('\n'))).toMatchObject([{ expected: 'at most 100 repeats by alias' }]);
  });

  test('a value that holds itself', async () => {
    expect(await folder.problems('sources: &a { b: *a, c: *a }')).toMatchObject([{ expected: 'at most 32 levels' }]);
  });
});

describe('values from elsewhere', () => {
  test.each([
    ['${KEY}', { KEY: 'abc' }, 'abc'],
    ['pre-${A}-${B}', { A: '1', B: '2' }, 'pre-1-2'],
    ['${KEY:-default}', {}, 'default'],
    ['${KEY:-default}', { KEY: '' }, 'default'],
    ['$${KEY}', { KEY: 'abc' }, '${KEY}'],
    ['cost$5', {}, 'cost$5'],
    // What is put in is one text, whatever it looks like in YAML or here.
    ['${KEY}', { KEY: '{a:b}#c' }, '{a:b}#c'],
    ['${KEY}', { KEY: '${OTHER}' }, '${OTHER}'],
    ['${KEY}', { KEY: 'file:/etc/passwd' }, 'file:/etc/passwd'],
  ])('%s with %j', async (text, env, expected) => {
    const { sources } = await folder.load(withKey(`'${text}'`), env);
    expect(sources[0]?.apiKey).toBe(expected);
  });

  test('texts become numbers, true and false where those are asked for, and only there', async () => {
    const settings = await folder.load(
      withKey('${KEY}', 'connections: ${COUNT}\nserver: { http: ${HTTP}, port: ${PORT} }\n').replaceAll(
        /(: )(\$\{\w+\})/g,
        "$1'$2'",
      ),
      { KEY: '12345678', COUNT: '3', HTTP: 'true', PORT: '8080' },
    );
    expect(settings.sources[0]?.apiKey).toBe('12345678');
    expect(settings.connections).toBe(3);
    expect(settings.server.http).toEqual({ host: '127.0.0.1', port: 8080 });
  });

  test('the same among the options of a destination', async () => {
    const { destinations } = await folder.load(
      `
sources: { a: { url: 'https://api.grantex.dev', apiKey: x } }
destinations:
  datadog: { apiKey: '\${KEY}', batchSize: '\${SIZE}', retry: { maxMs: '\${MAX}' }, tls: { insecureSkipVerify: '\${SKIP}' } }
`,
      { KEY: '01234567890123456789012345678901', SIZE: '50', MAX: '9000', SKIP: 'false' },
    );
    expect(destinations[0]?.options).toMatchObject({
      apiKey: '01234567890123456789012345678901',
      batchSize: 50,
      retry: { maxMs: 9_000 },
      tls: { insecureSkipVerify: false },
    });
  });

  test('a number in quotes that is no one else’s stays wrong', async () => {
    expect(await folder.problems(withKey('x', "connections: '3'"))).toMatchObject([{ path: 'connections' }]);
  });

  test('an option whose variable may be empty is left out then', async () => {
    const text = `
sources: { a: { url: 'https://api.grantex.dev', apiKey: x } }
destinations: { http: { url: 'https://siem.example', proxy: '\${PROXY:-}' } }`;
    expect((await folder.load(text)).destinations[0]?.options).not.toHaveProperty('proxy');
    expect((await folder.load(text, { PROXY: 'http://proxy.example' })).destinations[0]?.options['proxy']).toBe(
      'http://proxy.example',
    );
  });

  test('but not a condition of a filter: without it everything would be sent', async () => {
    const { destinations } = await folder.load(
      `
sources: { a: { url: 'https://api.grantex.dev', apiKey: x } }
destinations: { file: { path: '-', filter: { where: { data.agentId: '\${AGENT:-}' } } } }`,
    );
    expect(destinations[0]?.filter?.(event({ agentId: 'agent_1' }))).toBe(false);
  });

  test('a file is read without the new line at its end, and is watched', async () => {
    const secret = await folder.write('secrets/key', 'from-a-file\n');
    const settings = await folder.load(withKey('file:secrets/key'));
    expect(settings.sources[0]?.apiKey).toBe('from-a-file');
    expect(settings.watchedFiles).toEqual([settings.file, secret]);
    expect((await folder.load(withKey("'file:${DIR}/key'"), { DIR: 'secrets' })).sources[0]?.apiKey).toBe(
      'from-a-file',
    );
  });

  test('what is wrong with such a file', async () => {
    await folder.write('empty', '\n');
    await folder.write('large', 'x'.repeat(65_537));
    const got = async (value: string): Promise<string | undefined> => (await folder.problems(withKey(value)))[0]?.got;
    expect(await got('file:empty')).toBe('an empty file');
    expect(await got('file:large')).toBe('a file of more than 65536 bytes');
    expect(await got('file:.')).toBe('a directory');
    expect(await got("'file:'")).toBe('no name behind file:');
    expect(await got('file:/dev/zero')).toBe('something that is no regular file');
  });

  test('a secret that is no header value: its text is not shown', async () => {
    await folder.write('key', 'two lines\nof-a-secret');
    const [problem] = await folder.problems(withKey('file:key'));
    expect(problem).toMatchObject({ path: 'sources.production.apiKey', got: 'other characters in it' });
  });
});

test('an unknown word in a filter that has no other is told once', async () => {
  const problems = await folder.problems(MINIMAL.replace('ndjson', 'ndjson, filter: { type: [grant.*] }'));
  expect(problems.map(({ path, suggestion }) => [path, suggestion])).toEqual([
    ['destinations.file.filter.type', 'did you mean types?'],
  ]);
});

test('a number that is missing from the environment is told once', async () => {
  expect(await folder.problems(`${MINIMAL}connections: \${COUNT}`)).toMatchObject([
    { path: 'connections', expected: 'a value in the environment variable COUNT' },
  ]);
});

test('digits that are wrong as a text are not told to be a number', async () => {
  const text = `
sources: { a: { url: 'https://api.grantex.dev', apiKey: x } }
destinations: { http: { url: '\${URL}' } }`;
  expect(await folder.problems(text, { URL: '12' })).toMatchObject([
    { path: 'destinations.http.url', expected: 'a URL such as https://host.example' },
  ]);
});

test('what a message would show is not shown when it comes from the environment', async () => {
  const text = `
sources: { a: { url: 'https://api.grantex.dev', apiKey: x } }
destinations: { custom: { type: '\${TYPE}' } }`;
  expect(await folder.problems(text, { TYPE: 'acme-confidential' })).toMatchObject([
    { path: 'destinations.custom.type', got: 'another value, from ${TYPE}', suggestion: undefined },
  ]);
});

test('names that mean something to the language are names like others', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const problems = await folder.problems(`
sources: { a: { url: 'https://api.grantex.dev', apiKey: x } }
destinations: { ${name}: { path: '-' } }`);
    expect(problems.map(({ path }) => path)).toContain(`destinations.${name}.type`);
  }
  const { destinations } = await folder.load(`
sources: { constructor: { url: 'https://api.grantex.dev', apiKey: x } }
destinations: { toString: { type: file, path: '-' } }`);
  expect(destinations).toMatchObject([{ name: 'toString', sources: ['constructor'] }]);
});

test('everything that is wrong is told at once, in the order of the file', async () => {
  const problems = await folder.problems(`
sources:
  production:
    url: http://api.example
    apiKey: \${MISSING}
    transport: smoke
  staging:
    url: https://staging.example
    apiKey: x
    transport: [sse, websocket]
connections: 1
destinations:
  datadog:
    apikey: abc
    filter: { type: [a] }
  custom:
    type: "@acme/none"
    sources: [stagin]
`);
  expect(problems.map(({ line, path }) => [line, path])).toEqual([
    [4, 'sources.production.url'],
    [5, 'sources.production.apiKey'],
    [6, 'sources.production.transport'],
    [11, 'connections'],
    [14, 'destinations.datadog.apikey'],
    [15, 'destinations.datadog.filter.type'],
    [17, 'destinations.custom.type'],
    [18, 'destinations.custom.sources[0]'],
  ]);
});

test('filter and transform are functions', async () => {
  const { destinations } = await folder.load(`
sources: { a: { url: 'https://api.grantex.dev', apiKey: x } }
destinations:
  file:
    path: '-'
    filter: { types: [grant.*], where: { data.agentId: [agent_1, agent_2] } }
    transform: [{ add: { data.environment: prod } }, { drop: [data.email] }]
`);
  const [file] = destinations;
  expect(file?.filter?.(event({ agentId: 'agent_2' }))).toBe(true);
  expect(file?.filter?.(event({ agentId: 'agent_3' }))).toBe(false);
  expect(file?.filter?.(event({ agentId: 'agent_1' }, 'token.issued'))).toBe(false);
  expect(file?.transform?.(event({ email: 'a@b' }))).toEqual(event({ environment: 'prod' }));
});

describe('fingerprint', () => {
  test('differs when what is done with an event differs', async () => {
    const all = new Set<string | undefined>();
    const filter = 'filter: { types: [a.*] }';
    const transform = 'transform: [{ drop: [data.a] }]';
    for (const words of ['', 'batchSize: 5', 'headers: { a: b }', 'sources: [a]', filter, transform]) {
      all.add(await fingerprint(words));
    }
    expect(all.size).toBe(6);
    expect([...all].every((each) => /^[0-9a-f]{64}$/.test(each ?? ''))).toBe(true);
  });

  test('is the same for the same', async () => {
    expect(await fingerprint('batchSize: 5, timeoutMs: 1000')).toBe(await fingerprint('timeoutMs: 1000, batchSize: 5'));
    expect(await fingerprint('enabled: false')).toBe(await fingerprint(''));
    expect(await fingerprint("headers: { key: '${KEY}' }")).toBe(await fingerprint('headers: { key: v1 }'));
  });
});
