import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import { nameOf } from './settings-path.js';
import { unreadable, type Finding, type Place, type SettingsDocument, type SettingsPath } from './settings-document.js';
import { tellSyntax } from './yaml-syntax.js';

/** How often aliases may repeat what they stand for: a few lines of them can otherwise fill the memory. */
const MAX_ALIASES = 100;

/** Parses YAML or JSON. Throws `UnreadableSettings`; a key that comes twice is told by `findings`, and the last one counts. */
export function parseSettings(text: string): { document: SettingsDocument; findings: Finding[] } {
  const lines = new LineCounter();
  // Pretty errors, and warnings in the log, quote what they are about, and a secret may stand in it.
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [syntax] = [...parsed.errors, ...parsed.warnings].filter(({ code }) => code !== 'DUPLICATE_KEY');
  if (syntax !== undefined) throw tellSyntax(syntax, { parsed, text, placeAt });
  const findings = parsed.errors.map(({ pos: [offset] }) => tellDuplicate(parsed, offset, placeAt));
  return {
    document: {
      value: plainValue(parsed, placeAt),
      isCode: false,
      place: (path, of) => placeOf(parsed, path, of, placeAt),
    },
    findings,
  };
}

function plainValue(parsed: Document, placeAt: (offset: number) => Place): unknown {
  visit(parsed, {
    Pair(_, { key }) {
      if (!isMap(key) && !isSeq(key)) return;
      throw unreadable('a text as a key', 'a list or a map', undefined, placeAt(key.range?.[0] ?? 0));
    },
    Alias(_, alias) {
      if (alias.resolve(parsed) !== undefined) return;
      const place = placeAt(alias.range?.[0] ?? 0);
      throw unreadable('an anchor (&name) before each alias (*name)', 'an alias without one', QUOTE_STAR, place);
    },
  });
  try {
    return parsed.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    // Too many aliases, and a chain of them that leads nowhere.
    if (!(error instanceof ReferenceError)) throw error;
    throw unreadable(`at most ${MAX_ALIASES} repeats by alias`, 'more');
  }
}

const QUOTE_STAR = 'put quotes around a text that begins with *';

function placeOf(
  parsed: Document,
  path: SettingsPath,
  of: 'key' | 'value',
  placeAt: (offset: number) => Place,
): Place | undefined {
  let node: unknown = parsed.contents;
  let offset: number | undefined;
  for (const part of path) {
    const collection = isAlias(node) ? node.resolve(parsed) : node;
    const found = isMap(collection)
      ? collection.items.findLast((pair) => keyText(pair) === String(part))
      : isSeq(collection)
        ? collection.items[Number(part)]
        : undefined;
    if (found === undefined) return offset === undefined ? undefined : placeAt(offset);
    const pair = found as Pair<Node, Node | null>;
    const key = isMap(collection) ? pair.key : (found as Node);
    node = isMap(collection) ? pair.value : found;
    offset = key.range?.[0] ?? offset;
  }
  const isShown = isScalar(node) && node.value !== null && node.range;
  if (of === 'value' && isShown) return placeAt(isShown[0]);
  return offset === undefined ? undefined : placeAt(offset);
}

function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function tellDuplicate(parsed: Document, offset: number, placeAt: (offset: number) => Place): Finding {
  const place = placeAt(offset);
  const found = findKey(parsed.contents, offset, []);
  const first = found === undefined ? '' : ` (the first is in line ${placeAt(found.firstOffset).line})`;
  return { path: found?.path ?? [], expected: 'each key once', got: `a second one${first}`, place };
}

/** The key that begins at the offset, and the one of the same name before it. */
function findKey(
  node: unknown,
  offset: number,
  path: SettingsPath,
): { path: SettingsPath; firstOffset: number } | undefined {
  if (isSeq(node)) return firstOf(node.items, (item, index) => findKey(item, offset, [...path, index]));
  if (!isMap(node)) return undefined;
  return firstOf(node.items, (pair) => {
    const name = keyText(pair) ?? '';
    if (startOf(pair) !== offset) return findKey(pair.value, offset, [...path, nameOf(name)]);
    const first = node.items.find((other) => keyText(other) === name);
    return { path: [...path, nameOf(name)], firstOffset: first === undefined ? offset : startOf(first) };
  });
}

function startOf({ key }: Pair): number {
  return (key as Node).range?.[0] ?? -1;
}

function firstOf<Item, Found>(
  items: readonly Item[],
  find: (item: Item, index: number) => Found | undefined,
): Found | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
