import type { GrantexEvent } from '@grantex/core';
import { compileTypePatterns } from '../settings/selection/type-patterns.js';

/** Which of the stored events are sent. */
export interface EventChoice {
  /** Globs of types; one with `!` before it excludes. Undefined: all types. */
  readonly types: readonly string[] | undefined;
  /** The first moment, Unix epoch, milliseconds. */
  readonly since: number | undefined;
  /** The first moment that is too late. */
  readonly until: number | undefined;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;
const DAY_MS = 86_400_000;

/**
 * Unix milliseconds of a time in ISO 8601, or of a date: its first moment, with `end` the first moment after it. UTC,
 * unless the time says otherwise. Undefined when it is neither.
 */
export function readMoment(text: string, { end = false } = {}): number | undefined {
  const isDate = DATE.test(text);
  if (!isDate && !TIME.test(text)) return undefined;
  const hasZone = isDate || /(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = Date.parse(hasZone ? text : `${text}Z`);
  if (Number.isNaN(time)) return undefined;
  return isDate && end ? time + DAY_MS : time;
}

/** Whether an event is among the chosen ones. An event whose time cannot be read is in every range: nothing gets lost. */
export function chooser({ types, since = -Infinity, until = Infinity }: EventChoice): (event: GrantexEvent) => boolean {
  const isWanted = types === undefined ? () => true : compileTypePatterns(types);
  return (event) => {
    if (!isWanted(event.type)) return false;
    const time = Date.parse(event.createdAt);
    return Number.isNaN(time) || (time >= since && time < until);
  };
}
