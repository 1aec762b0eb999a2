/** `2026-03-01T12:00:00.000Z`, of milliseconds of the Unix epoch. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** What is no time stays out: null, for JSON. */
export function isoTimeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}

/** The value of JSON that came from elsewhere; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The `type` of an event, where it has one. */
export function typeOfEvent(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('type' in event)) return undefined;
  return typeof event.type === 'string' ? event.type : undefined;
}

/** JSON for people: indented. Escapes keep control characters from reaching the terminal. */
export function indentedJson(value: unknown): string {
  // oxlint-disable-next-line no-control-regex -- JSON escapes the others itself
  return JSON.stringify(value, null, 2).replaceAll(/[\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
