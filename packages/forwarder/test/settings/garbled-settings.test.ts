import { expect, test } from 'vitest';
import { SettingsFolder } from './settings-folder.js';

const SECRET = 'a-secret-nobody-may-see';
const ENV = { KEY: SECRET, DD: '0123456789abcdef0123456789abcdef', COUNT: '3' };

const RIGHT = `# comment
sources:
  production: &one
    url: https://api.grantex.dev
    apiKey: \${KEY}
    types: [grant.created, token.issued]
    transport: [sse, websocket]
  staging: *one
journal: { maxBytes: 1GiB, whenFull: block }
connections: \${COUNT}
destinations:
  datadog:
    apiKey: "\${DD}"
    tags: ['env:prod']
    filter:
      types: [grant.*, '!grant.revoked']
      where: { data.agentId: agent_1, data.scopes: [read, write] }
    transform:
      - add: { data.environment: prod }
      - redact: { paths: [data.principalId], with: hash, key: "\${KEY}" }
  siem:
    type: http
    url: https://siem.example
    headers: { authorization: "Bearer \${KEY}" }
    retry: { maxMs: 1000 }
server: { port: 0, stopDeadlineMs: 1000 }
metrics: { otlp: { url: http://collector:4318/v1/metrics, headers: { key: "\${KEY}" } } }
`;

/** The same row of numbers in [0, 1) for the same seed (a linear congruential generator). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One to three places are cut out, doubled, or replaced by characters that mean something. */
function garble(text: string, random: () => number): string {
  const below = (end: number): number => Math.floor(random() * end);
  let garbled = text;
  for (let times = 1 + below(3); times > 0; times--) {
    const at = below(garbled.length);
    const length = below(12);
    const characters = ['\t', ':', '- ', '"', "'", '{', ']', '\n', ' ', '*', '&', '#', '|', '${', '\0', 'é', '5', '~'];
    const middle = [garbled.slice(at, at + length).repeat(2), characters[below(characters.length)] ?? '', ''];
    garbled = garbled.slice(0, at) + (middle[below(3)] ?? '') + garbled.slice(at + length);
  }
  return garbled;
}

test('the file that is garbled below is right', async () => {
  await using folder = await SettingsFolder.make();
  expect(await folder.problems(RIGHT, ENV)).toEqual([]);
});

test('whatever is wrong with a file is told as a problem, and without a secret', async () => {
  await using folder = await SettingsFolder.make();
  let wrong = 0;
  for (let seed = 1; seed <= Number(process.env['GARBLED'] ?? 300); seed++) {
    const text = garble(RIGHT, numbers(seed));
    const error = await folder.error(text, ENV);
    if (error === undefined) continue;
    wrong++;
    expect(error.problems, `seed ${seed}`).not.toEqual([]);
    expect(error.message, `seed ${seed}`).not.toMatch(/a-secret|nobody-may|0123456789abcdef|\n\s+at /);
  }
  expect(wrong).toBeGreaterThan(100);
});
