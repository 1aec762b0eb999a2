import { homedir, hostname, tmpdir } from 'node:os';
import { ROOT } from './published.ts';
import type { Packed } from './tarball.ts';

/** What no published file may hold. The names of keys that the documents show are not keys: they have no value behind them. */
const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
  ['a path of a home folder', /(?:\/home\/|\/Users\/|[A-Z]:\\Users\\)[\w.-]+[/\\]/],
  ['an address of a file', /file:\/\/\/(?!\$|<|')[\w.-]+\//],
  [
    'the host of a registry',
    /(?:registry\.(?:npmjs|yarnpkg|npmmirror)|(?:pypi|artifactory|nexus|verdaccio)\.)[\w.-]+/i,
  ],
  ['a private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[\w+/]{40}/],
  ['an access key of AWS', /\bAKIA(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}\b/],
  ['a token of npm or of a code host', /\b(?:npm_[A-Za-z0-9]{36}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,})/],
  ['a live key of Grantex', /\bgx_live_[A-Za-z0-9]{8,}/],
  ['a token of the web', /\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}/],
];

/** Where this machine has its things. Short ones, like a container's root folder, would be found in any text. */
const PLACES = [ROOT.replace(/\/$/, ''), homedir(), `${tmpdir()}/`, hostname()].filter((place) => place.length > 7);

/** Texts that may not leave this machine, with the file that holds each; empty when there is none. */
export function leaks({ files }: Packed): string[] {
  const found: string[] = [];
  for (const [path, content] of files) {
    const text = content.toString();
    for (const place of PLACES) if (text.includes(place)) found.push(`${path}: a place of this machine`);
    for (const [what, pattern] of FORBIDDEN) if (pattern.test(text)) found.push(`${path}: ${what}`);
    if (path.endsWith('.map')) found.push(...mapProblems(path, text));
  }
  return found;
}

/** A map names its sources relative to itself, and has their text: they are not packed. */
function mapProblems(path: string, text: string): string[] {
  const { sources, sourcesContent } = JSON.parse(text) as { sources: string[]; sourcesContent?: (string | null)[] };
  const absolute = sources.filter((source) => /^(?:\/|[A-Za-z]:|file:)/.test(source));
  return [
    ...absolute.map((source) => `${path}: names the source ${source}`),
    ...((sourcesContent?.length ?? 0) === sources.length ? [] : [`${path}: its sources are neither packed nor inside`]),
  ];
}
