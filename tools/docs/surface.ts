import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { API, type Checker, type JSDocTagInfo, type Project, type Symbol, SymbolFlags } from 'typescript/unstable/sync';
import type { Node } from 'typescript/unstable/ast';

/**
 * What the packages export, read from the declarations that they publish. TypeScript 7 has no other interface for programs than
 * this one, which it calls unstable: its version is pinned, and this file is the one place that knows it.
 */

export interface Package {
  readonly name: string;
  readonly description: string;
  /** Relative to the root: `packages/core`. */
  readonly folder: string;
  readonly exports: readonly Export[];
}

export type ExportKind = 'class' | 'function' | 'interface' | 'type' | 'value';

/** A name that a package exports. */
export interface Export {
  readonly name: string;
  readonly kind: ExportKind;
  /** Its docstring, without the tags; empty when there is none. */
  readonly documentation: string;
  readonly tags: readonly { readonly name: string; readonly text: string }[];
  /** As in the published declarations, with the docstrings of members. */
  readonly declaration: string;
  /** The source file, relative to the root, or what is behind `node_modules`; and its line when it is a source of ours. */
  readonly source: string;
  readonly line: number;
  /** The package of ours that it is written in. */
  readonly home: string;
  /** Its name there. */
  readonly homeName: string;
}

const KINDS: readonly (readonly [SymbolFlags, ExportKind])[] = [
  [SymbolFlags.Class, 'class'],
  [SymbolFlags.Function, 'function'],
  [SymbolFlags.Interface, 'interface'],
  [SymbolFlags.TypeAlias, 'type'],
];

/** The public surface of every package below `packages/` whose declarations are built and published. */
export function readSurface(root: string): Package[] {
  const manifests = globSync('packages/*/package.json', { cwd: root }).toSorted();
  const packages = manifests.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const { name, description, exports } = JSON.parse(text) as Manifest;
    const types = exports?.['.']?.types;
    return types === undefined
      ? []
      : [{ name, description, folder: dirname(path), entry: join(root, dirname(path), types) }];
  });
  const project = openProject(packages.map(({ entry }) => entry));
  const homes = packages.map(({ name, folder }) => ({ name, folder: join(root, folder) }));
  try {
    return packages.map(({ entry, ...rest }) => {
      const file = project.program.getSourceFile(entry);
      const module = file && project.checker.getSymbolAtLocation(file);
      if (module === undefined) throw new Error(`${rest.name} is not built: run pnpm build`);
      const found = project.checker.getExportsOfModule(module);
      const exports = found.map((symbol) => readExport(symbol, project.checker, homes, root));
      return { ...rest, exports: exports.toSorted((one, other) => (one.name < other.name ? -1 : 1)) };
    });
  } finally {
    project.close();
  }
}

/** A project of nothing but the declarations that are published. */
function openProject(files: readonly string[]): Pick<Project, 'program' | 'checker'> & { close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'grantex-surface-'));
  const settings = join(folder, 'tsconfig.json');
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    noEmit: true,
    types: [],
    skipLibCheck: true,
  };
  writeFileSync(settings, JSON.stringify({ compilerOptions, files }));
  const api = new API();
  const close = (): void => {
    api.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const project = api.updateSnapshot({ openProjects: [settings] }).getProject(settings);
  if (project !== undefined) return { program: project.program, checker: project.checker, close };
  close();
  throw new Error('the compiler does not open the declarations');
}

interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly exports?: { readonly '.'?: { readonly types?: string } };
}

interface Home {
  readonly name: string;
  readonly folder: string;
}

function readExport(exported: Symbol, checker: Checker, homes: readonly Home[], root: string): Export {
  const isAlias = (exported.flags & SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const [kind] = KINDS.filter(([flag]) => (symbol.flags & flag) !== 0).map(([, name]) => name);
  const nodes = symbol.declarations.map((handle) => statementOf(handle.resolve()));
  const [first] = nodes;
  if (first === undefined) throw new Error(`${exported.name} has no declaration`);
  const path = first.getSourceFile().fileName;
  const home = homes.find(({ folder }) => path.startsWith(`${folder}/`));
  const source = home === undefined ? path.replace(/^.*node_modules\//, '') : sourceOf(relative(root, path));
  return {
    name: exported.name,
    kind: kind ?? 'value',
    documentation: checker.getDocumentationCommentOfSymbol(symbol).trim(),
    tags: checker.getJsDocTagsOfSymbol(symbol).map(readTag),
    declaration: nodes.map((node) => node.getText()).join('\n'),
    source,
    line: home === undefined ? 1 : lineInSource(join(root, source), symbol.name),
    home: home?.name ?? '',
    homeName: symbol.name,
  };
}

/** The whole statement: a variable's declaration is only its name and type. */
function statementOf(node: Node | undefined): Node {
  if (node === undefined) throw new Error('a declaration is not in the program');
  let statement = node;
  while (statement.parent?.parent !== undefined && !/^\s*export/.test(statement.getText()))
    statement = statement.parent;
  return statement;
}

function readTag({ name, text }: JSDocTagInfo): { readonly name: string; readonly text: string } {
  return { name, text: text ?? '' };
}

function sourceOf(declarations: string): string {
  return declarations.replace('/dist/', '/src/').replace(/\.d\.ts$/, '.ts');
}

function lineInSource(file: string, name: string): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  const declaration = new RegExp(
    `^export (?:declare |abstract |async )*(?:class|function|interface|type|const) ${name}\\b`,
  );
  return Math.max(1, lines.findIndex((line) => declaration.test(line)) + 1);
}
