import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Finding } from './finding.ts';
import { lineAt, type Page, parsePage, ROOT } from './page.ts';
import { withoutInlineCode } from './prose.ts';

interface Link {
  readonly target: string;
  readonly line: number;
}

/** Where a link leads, relative to the root, when it stays in the repository. */
interface Place {
  readonly path: string;
  readonly anchor: string | undefined;
}

const FORMS = [
  /\]\(((?:[^()]|\([^()]*\))*)\)/g, // [text](target "title"), and pictures
  /^ {0,3}\[[^\]]+\]:[ \t]*(\S.*)$/gm, // [name]: target
  /<(?:a|img) [^>]*?\b(?:href|src)="([^"]*)"/g,
  /(?<![("[])\b(https?:\/\/[^\s<>)\]"'|]+)/g,
];

/** Every link leads somewhere, as far as that is known without a network; every page of `docs/` is found from the README. */
export function checkLinks(pages: readonly Page[], root = ROOT): Finding[] {
  const known = new Map(pages.map((page) => [page.path, page]));
  const findings: Finding[] = [];
  const next = new Map<string, Set<string>>();
  for (const page of pages) {
    const places = new Set<string>();
    next.set(page.path, places);
    for (const { target, line } of linksIn(page)) {
      const problem = problemOf(target, page.path, known, root);
      if (problem !== undefined) findings.push({ page: page.path, line, message: `link ${target}: ${problem}` });
      const place = isExternal(target) ? undefined : placeOf(target, page.path);
      if (place !== undefined) places.add(place.path).add(join(place.path, 'README.md'));
    }
  }
  const found = reachable('README.md', next);
  const lost = pages.filter(({ path }) => path.startsWith('docs/') && !found.has(path));
  return [
    ...findings,
    ...lost.map(({ path }) => ({ page: path, line: 1, message: 'no link leads here from README.md' })),
  ];
}

export function linksIn({ prose }: Page): Link[] {
  const text = withoutInlineCode(prose);
  const links = FORMS.flatMap((form) =>
    [...text.matchAll(form)].map(({ 1: target = '', index }) => ({
      target: target
        .trim()
        .replace(/\s+"[^"]*"$/, '')
        .replace(/^<(.*)>$/, '$1')
        .replace(/[.,;:]+$/, ''),
      line: lineAt(text, index),
    })),
  );
  return links.toSorted((one, other) => one.line - other.line);
}

function isExternal(target: string): boolean {
  return /^[a-z][a-z0-9+.-]*:|^\/\//i.test(target);
}

function problemOf(target: string, from: string, pages: ReadonlyMap<string, Page>, root: string): string | undefined {
  if (target === '') return 'leads nowhere';
  if (/\s/.test(target)) return 'has a space';
  if (isExternal(target)) return problemOfAddress(target);
  if (target.startsWith('/')) return 'begins at a root, expected a relative path';
  const { path, anchor } = placeOf(target, from);
  if (path.startsWith('..')) return 'leads out of the repository';
  if (/(?:^|\/)(?:node_modules|dist)(?:\/|$)/.test(path)) return 'leads to what is made by a build';
  const file = join(root, path);
  if (!existsSync(file)) return `there is no ${path}`;
  return anchor === undefined ? undefined : problemOfAnchor(anchor, path, pages, root);
}

function problemOfAddress(target: string): string | undefined {
  if (target.startsWith('mailto:')) return undefined;
  if (!URL.canParse(target)) return 'is no address';
  const { protocol, hostname, username, password } = new URL(target);
  if (username !== '' || password !== '') return 'has credentials';
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) return `expected https, got ${protocol}`;
  return undefined;
}

function problemOfAnchor(
  anchor: string,
  path: string,
  pages: ReadonlyMap<string, Page>,
  root: string,
): string | undefined {
  const isFolder = statSync(join(root, path)).isDirectory();
  const file = isFolder ? join(path, 'README.md') : path;
  if (!existsSync(join(root, file))) return `there is no ${file} with #${anchor}`;
  const text = readFileSync(join(root, file), 'utf8');
  if (file.endsWith('.md')) {
    const { anchors } = pages.get(file) ?? parsePage(file, text);
    return anchors.has(anchor) ? undefined : `there is no heading #${anchor} in ${file}`;
  }
  const [, last] = /^L(\d+)(?:-L\d+)?$/.exec(anchor) ?? [];
  if (last === undefined) return `#${anchor} is no line of ${file}`;
  return Number(last) <= text.split('\n').length ? undefined : `${file} has no line ${last}`;
}

function placeOf(target: string, from: string): Place {
  const [path = '', anchor] = target.split('#');
  const decoded = decodeURIComponent(path);
  return { path: decoded === '' ? from : normalize(join(dirname(from), decoded)).replace(/\/$/, ''), anchor };
}

function reachable(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set<string>();
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    waiting.push(...(next.get(path) ?? []));
  }
  return found;
}
