import type { TestEvent } from '@grantex/testing';

/** The events of a body that is a JSON array. */
export function eventsIn(body: Buffer): TestEvent[] {
  return JSON.parse(body.toString()) as TestEvent[];
}

/** The events of a text that has one a line. A last line that has no end yet is left out: it is being written. */
export function eventsInLines(text: Buffer | string): TestEvent[] {
  const lines = text.toString().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as TestEvent);
}

export function idsOf(events: readonly TestEvent[]): string[] {
  return events.map(({ id }) => id);
}
