import { visit, type Document, type ErrorCode, type YAMLError } from 'yaml';
import { unreadable, type Place, type UnreadableSettings } from './settings-document.js';

interface Explanation {
  readonly expected: string;
  readonly got: string;
  readonly suggestion?: string;
}

const QUOTES = 'put quotes around a text that has special characters in it';

const NO_VALUE: Explanation = {
  expected: 'a colon and a value behind each key',
  got: 'something without them',
  suggestion: 'check that a space follows the colon',
};

/** What a mistake means, in words for people who do not know the grammar of YAML. */
const EXPLANATIONS: Readonly<Partial<Record<ErrorCode, Explanation>>> = {
  TAB_AS_INDENT: { expected: 'spaces before a key', got: 'a tab', suggestion: 'YAML is indented with spaces only' },
  BAD_INDENT: {
    expected: 'the keys of one level in the same column',
    got: 'one that stands further left or right',
    suggestion: 'check the spaces before it, and brackets that are not closed',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    expected: 'one value behind a key',
    got: 'a second colon, or keys beneath a value',
    suggestion: 'put quotes around a text with a colon in it',
  },
  BAD_SCALAR_START: { expected: 'a value', got: 'a character that YAML keeps for itself', suggestion: QUOTES },
  BAD_DQ_ESCAPE: {
    expected: 'an escape that YAML knows',
    got: 'another one',
    suggestion: 'write \\\\ for a backslash, or use single quotes',
  },
  MULTIPLE_DOCS: { expected: 'one document', got: 'another one behind ---' },
  TAG_RESOLVE_FAILED: { expected: 'a value', got: 'a tag that is not known', suggestion: QUOTES },
  MISSING_CHAR: NO_VALUE,
  MULTILINE_IMPLICIT_KEY: NO_VALUE,
};

const OTHERWISE: Explanation = { expected: 'YAML', got: 'something that cannot be read as such', suggestion: QUOTES };

/** Tells one mistake. The library's words are not used: some show the text that they are about, which may be a secret. */
export function tellSyntax(
  error: YAMLError,
  { parsed, text, placeAt }: { parsed: Document; text: string; placeAt: (offset: number) => Place },
): UnreadableSettings {
  const [offset] = error.pos;
  if (text.startsWith('${', offset - 1)) {
    return unreadable('quotes around ${…} inside of { } and [ ]', 'none', 'write "${NAME}"', placeAt(offset - 1));
  }
  if (error.code === 'MISSING_CHAR' && error.message.includes('quote')) {
    const place = placeAt(quoteBefore(parsed, offset));
    return unreadable('a closing quote', 'a text that goes on to the end of the file', undefined, place);
  }
  const { expected, got, suggestion } = EXPLANATIONS[error.code] ?? OTHERWISE;
  return unreadable(expected, got, suggestion, placeAt(offset));
}

/** Where the quote was opened that is missing its end. */
function quoteBefore(parsed: Document, offset: number): number {
  let start = offset;
  visit(parsed, {
    Scalar(_, { type, range }) {
      const isQuoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
      if (isQuoted && range && range[0] < offset && range[1] >= offset - 1) start = range[0];
    },
  });
  return start;
}
