import type { GrantexEvent } from '../events.js';
import { refused, type Refusal } from './verdict.js';

/** What `filter`, `transform` and `encode` of somebody else may do: throw, and return something else than they should. */

/** The refusal of an event for which such a function failed. */
export function cannot(step: string, error: unknown): Refusal {
  return refused('DEST_REJECTED', `${step} failed: ${error instanceof Error ? error.message : String(error)}`);
}

/** What the user's function returned, unless it is a promise: it would count as true, and its failure would be lost. */
export function asPlain<Value>(value: Value, expected: string): Value {
  if (value instanceof Promise) {
    value.catch(() => {}); // Its failure is told by the exception below.
    throw new TypeError(`expected ${expected}, got a promise: it must not be asynchronous`);
  }
  return value;
}

export function asEvent(event: GrantexEvent): GrantexEvent {
  const value: unknown = asPlain(event, 'an event');
  if (typeof value !== 'object' || value === null) throw new TypeError('expected an event, got none');
  return event;
}
