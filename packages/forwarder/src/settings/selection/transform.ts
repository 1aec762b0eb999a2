import { createHmac, createSecretKey } from 'node:crypto';
import { option, type GrantexEvent, type OutputOf } from '@grantex/core';
import { holdersAt, move, placesAt, put, take } from './event-fields.js';
import { canonicalJson } from './json-value.js';
import { isHolder, readPath, type Holder, type Path } from './path.js';
import {
  additionFaults,
  fieldPathFaults,
  pathCountFaults,
  renamingFaults,
  starredPart,
  unknownFieldFaults,
} from './transform-faults.js';

const MAX_STEPS = 100;
const MIN_KEY_LENGTH = 16;
const STEP_NAMES = ['add', 'drop', 'rename', 'redact'] as const;
const MASK = '***';
/** 128 bits: two values of a field do not meet by chance. */
const HASH_CHARACTERS = 32;

const pathsOption = option.list(
  'Paths such as `data.email`. `*` as a name is every field of a map, every entry of a list: `data.items.*.email`.',
  '[data.email, data.name]',
  option.text('A path.', fieldPathFaults),
  pathCountFaults,
);

const stepOption = option.object(
  'One change: add, drop, rename or redact.',
  {
    add: option.optional(
      option.record(
        'Values by path, such as `data.environment: prod`. What is there is replaced. Maps that are missing on the way are ' +
          'made; where a text or another single value is in the way, nothing is added.',
        'values by path, such as { data.environment: prod }',
        option.anything('A text, a number, true, false, null, a list or a map.'),
        additionFaults,
      ),
    ),
    drop: option.optional(pathsOption),
    rename: option.optional(
      option.texts(
        'New paths by old ones, such as `data.principalId: data.userId`. What is at the new path is replaced. A field that ' +
          'the event does not have is no error.',
        renamingFaults,
      ),
    ),
    redact: option.optional(
      option.object(
        'Fields whose values are made unreadable.',
        {
          paths: pathsOption,
          with: option.withDefault(
            'mask',
            option.oneOf(
              `\`mask\`: the text ${MASK} instead of the value. \`hash\`: the first ${HASH_CHARACTERS} hexadecimal digits of its ` +
                'HMAC-SHA-256 with `key`: the same for the same value, so that events can still be joined.',
              ['mask', 'hash'],
            ),
          ),
          key: option.optional(
            option.text(
              `For \`hash\`: the secret key, ${MIN_KEY_LENGTH} characters or more. Whoever has it can find out values by trying.`,
              ({ length }) => {
                if (length >= MIN_KEY_LENGTH) return [];
                return [{ expected: `at least ${MIN_KEY_LENGTH} characters`, got: `${length}` }];
              },
            ),
          ),
        },
        (redact) => {
          if (redact.with === 'hash' && redact.key === undefined) {
            return [{ at: 'key', expected: `a key of at least ${MIN_KEY_LENGTH} characters`, got: 'nothing' }];
          }
          if (redact.with === 'hash' || redact.key === undefined) return [];
          return [{ at: 'key', expected: 'no key, or `with: hash`', got: 'a key that nothing uses' }];
        },
      ),
    ),
  },
  (step) => {
    const named = STEP_NAMES.filter((name) => step[name] !== undefined);
    if (named.length === 1) return [];
    return [{ expected: `one of ${STEP_NAMES.join(', ')}`, got: named.length === 0 ? 'none' : named.join(' and ') }];
  },
);

/** How a destination's events are changed before they are sent: steps, done one after the other. */
export const transformOption = option.list(
  'Changes of the events that go to this destination, done from top to bottom. Other destinations do not see them. `id`, ' +
    '`type` and `createdAt` cannot be changed.',
  '[{ drop: [data.email] }]',
  stepOption,
  (steps) => {
    if (steps.length > MAX_STEPS) return [{ expected: `at most ${MAX_STEPS} steps`, got: `${steps.length}` }];
    return unknownFieldFaults(steps);
  },
);

/** A transform that was checked. Holds keys. */
type Transform = OutputOf<typeof transformOption>;
type Step = Transform[number];
type Redaction = NonNullable<Step['redact']>;
type Change = (event: Holder) => void;

/**
 * The function of a transform that `transformOption` found right. It changes the event it gets, and returns it. What a
 * step names and the event does not have is passed over.
 */
export function compileTransform(steps: Transform): (event: GrantexEvent) => GrantexEvent {
  const changes = steps.flatMap(changesOf);
  return (event) => {
    for (const change of changes) change(event as unknown as Holder);
    return event;
  };
}

function changesOf({ add = {}, drop = [], rename = {}, redact }: Step): Change[] {
  return [
    ...Object.entries(add).map(([path, value]) => addition(readPath(path), value)),
    ...drop.map((path) => removal(readPath(path))),
    ...Object.entries(rename).map(([from, to]) => renaming(readPath(from), readPath(to))),
    ...(redact === undefined ? [] : [redaction(redact)]),
  ];
}

function addition(path: Path, value: unknown): Change {
  const starred = starredPart(path);
  const rest = path.slice(starred.length);
  return (event) => {
    for (const holder of holdersAt(event, starred)) {
      // Each event gets its own: a later step may change what is in it.
      put(holder, rest, isHolder(value) ? structuredClone(value) : value);
    }
  };
}

function removal(path: Path): Change {
  return (event) => {
    // From the end: what is taken from a list moves the entries behind it.
    for (const place of placesAt(event, path).toReversed()) take(place);
  };
}

function renaming(from: Path, to: Path): Change {
  const starred = starredPart(from);
  const [rest, newRest] = [from.slice(starred.length), to.slice(starred.length)];
  return (event) => {
    for (const holder of holdersAt(event, starred)) move(holder, rest, newRest);
  };
}

function redaction({ paths, with: way, key }: Redaction): Change {
  const conceal = way === 'hash' ? keyedHash(key ?? '') : () => MASK;
  const targets = paths.map(readPath);
  return (event) => {
    for (const { holder, key: name } of targets.flatMap((path) => placesAt(event, path))) {
      holder[name] = conceal(holder[name]);
    }
  };
}

/** A text is hashed as it is, anything else as JSON with its fields in order. */
function keyedHash(secret: string): (value: unknown) => string {
  const key = createSecretKey(Buffer.from(secret));
  return (value) => {
    const text = typeof value === 'string' ? value : canonicalJson(value);
    return createHmac('sha256', key).update(text).digest('hex').slice(0, HASH_CHARACTERS);
  };
}
