import type { Manifest, Target } from './published.ts';
import type { Packed } from './tarball.ts';

/** What a person looks for in a package, beside its code. */
const PAGES = ['LICENSE', 'README.md'];

/** What is wrong with the manifest that is published; empty when nothing is. */
export function manifestProblems({ manifest, files }: Packed, folder: string): string[] {
  const { name, description = '', keywords = [], repository, publishConfig, engines } = manifest;
  const expectations: readonly (readonly [string, boolean])[] = [
    [`name: @grantex/${folder}, or another one for a program that npm looks up by it`, name.endsWith(folder)],
    ['license: Apache-2.0', manifest.license === 'Apache-2.0'],
    ['description: a sentence', /^\S.*\.$/.test(description)],
    ['keywords: two at least, sorted, one of them grantex', areKeywords(keywords)],
    [`repository.directory: packages/${folder}`, repository?.directory === `packages/${folder}`],
    ['repository: a git+https address', /^git\+https:\/\/.+\.git$/.test(repository?.url ?? '')],
    ['type: module', manifest.type === 'module'],
    ['sideEffects: false', manifest.sideEffects === false],
    ['engines.node: >=22.19.0', engines?.node === '>=22.19.0'],
    ['publishConfig.access: public', publishConfig?.access === 'public'],
    ['publishConfig.provenance: true', publishConfig?.provenance === true],
    ['no script that runs at an installation', !Object.keys(manifest.scripts ?? {}).some(runsAtInstall)],
  ];
  return [
    ...expectations.filter(([, isMet]) => !isMet).map(([what]) => `package.json: expected ${what}`),
    ...PAGES.filter((page) => !files.has(page)).map((page) => `${page} is not packed`),
    ...[...files.keys()].filter((path) => !isWanted(path)).map((path) => `${path} is packed, and nobody needs it`),
    ...entryProblems(manifest, files),
    ...rangeProblems(manifest),
  ];
}

function areKeywords(keywords: readonly string[]): boolean {
  return keywords.length > 1 && keywords.includes('grantex') && keywords.join() === keywords.toSorted().join();
}

function runsAtInstall(script: string): boolean {
  return /install$|^prepare/.test(script);
}

/** The build, the pages, and what a package of its own kind brings: templates of the kit. */
function isWanted(path: string): boolean {
  return /^(?:dist|template)\//.test(path) || /^(?:package\.json|LICENSE|NOTICE|(?:README|CHANGELOG)\.md)$/.test(path);
}

/** Every file that the manifest names is there; an entry has its types, first, because the first match counts. */
function entryProblems({ exports = {}, bin = {}, main, types }: Manifest, files: Packed['files']): string[] {
  const entries = Object.entries(exports);
  if (entries.length === 0 && Object.keys(bin).length === 0) return ['package.json: neither exports nor bin'];
  const named = [...entries.flatMap(([, target]) => filesOf(target)), ...Object.values(bin), main, types];
  const missing = named.flatMap((path) => (path === undefined || files.has(path.replace(/^\.\//, '')) ? [] : [path]));
  const untyped = entries.filter(([key, target]) => key !== './package.json' && !hasTypes(target)).map(([key]) => key);
  return [
    ...missing.map((path) => `${path} is named in package.json and not packed`),
    ...untyped.map((key) => `exports["${key}"]: expected "types" first and "default" last`),
    ...(entries.length > 0 && exports['./package.json'] === undefined ? ['exports: expected ./package.json'] : []),
    ...Object.values(bin)
      .filter((path) => files.get(path.replace(/^\.\//, ''))?.toString().startsWith('#!/usr/bin/env node\n') === false)
      .map((path) => `${path}: expected a first line for env node`),
  ];
}

function filesOf(target: Target): string[] {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(filesOf);
}

/** `require` may stand before, with types of its own: a type has to say how it is loaded. */
function hasTypes(target: Target): boolean {
  if (typeof target === 'string') return false;
  const { require: ofRequire, ...others } = target;
  const conditions = Object.keys(others);
  const isTyped = conditions[0] === 'types' && conditions.at(-1) === 'default';
  return isTyped && (ofRequire === undefined || hasTypes(ofRequire));
}

/** Ranges that mean something only in this repository. */
function rangeProblems({ dependencies, optionalDependencies, peerDependencies }: Manifest): string[] {
  const ranges = Object.entries({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  const local = ranges.filter(([, range]) => /^(?:workspace|catalog|link|file|portal):/.test(range));
  return local.map(([name, range]) => `package.json: ${name} is ${range}`);
}
