import { option, type Complaint, type GrantexEvent, type OutputOf } from '@grantex/core';
import { ENVELOPE_FIELDS, EVERY, insideData, pathFault, readPath, shown, valueAt } from './path.js';
import { compileTypePatterns, typePatternsOption } from './type-patterns.js';

const MAX_CONDITIONS = 50;
const MAX_VALUES = 1_000;

/** Which events a destination gets. An event goes there if its type is meant by `types` and every condition of `where` holds. */
export const filterOption = option.object(
  'Which events go to this destination: those whose type is among `types` and that fit `where`. The others are passed over.',
  {
    types: option.optional(typePatternsOption),
    where: option.optional(
      option.record(
        'Values by path, such as `data.agentId: agent_1`. All have to fit. A list fits when one of its values does. A field ' +
          'that is a list itself fits when one of its entries does. A field that the event does not have fits nothing.',
        'values by path, such as { data.agentId: agent_1 }',
        option.oneOrMore(
          'The value that the field has to have, or a list of which it has to have one. 0 and "0" differ.',
          'a text, a number, true, false, null, or a list of these',
          option.scalar('A value.'),
        ),
        whereFaults,
      ),
    ),
  },
  ({ types, where }) => {
    if (types !== undefined || where !== undefined) return [];
    return [{ expected: 'types, where, or both', got: 'neither' }];
  },
);

/** A filter that was checked. */
type Filter = OutputOf<typeof filterOption>;

/** The function of a filter that `filterOption` found right. It never throws, and changes nothing. */
export function compileFilter({ types = [], where = {} }: Filter): (event: GrantexEvent) => boolean {
  const isMeant = compileTypePatterns(types);
  const conditions = Object.entries(where).map(([path, wanted]) => compileCondition(path, wanted));
  return (event) => isMeant(event.type) && conditions.every((fits) => fits(event));
}

function compileCondition(text: string, wanted: unknown): (event: GrantexEvent) => boolean {
  const path = readPath(text);
  const values = new Set<unknown>(Array.isArray(wanted) ? wanted : [wanted]);
  return (event) => {
    const value = valueAt(event, path);
    return Array.isArray(value) ? value.some((entry) => values.has(entry)) : values.has(value);
  };
}

function whereFaults(where: Readonly<Record<string, unknown>>): Complaint[] {
  const paths = Object.keys(where);
  if (paths.length === 0 || paths.length > MAX_CONDITIONS) {
    return [{ expected: `from 1 to ${MAX_CONDITIONS} conditions`, got: `${paths.length}` }];
  }
  return paths.flatMap((path): Complaint[] => {
    const wanted = where[path];
    const fault = conditionPathFault(path);
    if (fault !== undefined) return [{ at: path, expected: fault, got: shown(path) }];
    if (!Array.isArray(wanted) || wanted.length <= MAX_VALUES) return [];
    return [{ at: path, expected: `at most ${MAX_VALUES} values`, got: `${wanted.length}` }];
  });
}

function conditionPathFault(text: string): string | undefined {
  const fault = pathFault(text);
  if (fault !== undefined) return fault;
  const [field = '', ...names] = readPath(text);
  // A path that leads nowhere would keep out every event, without a word.
  const leadsSomewhere = names.length === 0 ? ENVELOPE_FIELDS.has(field) : field === 'data';
  if (!leadsSomewhere) return `id, type, createdAt, or a path inside data, such as ${insideData(text)}`;
  return names.includes(EVERY)
    ? 'a path without *: a field that is a list fits when one of its entries does'
    : undefined;
}
