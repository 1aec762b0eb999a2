import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path/posix';
import type { Packed } from './tarball.ts';

/** `from 'x'`, `import 'x'`, `import('x')`, `require('x')`: how tsup and tsc write them. */
const IMPORT = /(?:\bfrom\s+|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])(?<name>[^'"\n]+)\1/g;

/**
 * Packages that the code or the types of a package import and its manifest does not bring. A development dependency is not
 * installed at a user's, so it counts as missing.
 */
export function missingImports({ manifest, files }: Packed): string[] {
  const { name: own, dependencies, optionalDependencies, peerDependencies } = manifest;
  const brought = new Set(Object.keys({ [own]: '', ...dependencies, ...optionalDependencies, ...peerDependencies }));
  const missing = new Set<string>();
  const code = [...files.keys()].filter((path) => /^dist\/.*\.[cm]?js$/.test(path));
  for (const path of [...code, ...typesReached(files)]) {
    for (const name of packagesIn(files.get(path)?.toString() ?? '')) {
      if (!brought.has(name)) missing.add(`${path} imports ${name}, which the manifest does not bring`);
    }
  }
  return [...missing];
}

/** The types that a compiler reads for the entry: the others belong to code that nobody outside can import. */
function typesReached(files: Packed['files']): Set<string> {
  const reached = new Set<string>();
  const waiting = ['dist/index.d.ts'];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = files.get(path)?.toString();
    if (text === undefined || reached.has(path)) continue;
    reached.add(path);
    const near = specifiersIn(text).filter((name) => name.startsWith('.'));
    waiting.push(...near.map((name) => join(dirname(path ?? ''), name.replace(/js$/, 'd.ts'))));
  }
  return reached;
}

function packagesIn(code: string): string[] {
  const names = specifiersIn(code).filter((name) => /^(?:@[\w.-]+\/)?[a-z][\w.-]*(?:\/|$)/.test(name));
  return names.filter((name) => !isBuiltin(name)).map(packageOf);
}

/** What is imported, without what stands in comments: those hold examples. */
function specifiersIn(code: string): string[] {
  const lines = code.split('\n').filter((line) => !/^\s*(?:\*|\/\*|\/\/)/.test(line));
  return [...lines.join('\n').matchAll(IMPORT)].map(({ groups }) => groups?.['name'] ?? '');
}

function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
