const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** `evt_` and a ULID (github.com/ulid/spec): 10 digits of time, 16 of chance, 32 values each. */
const EVENT_ID = /^evt_([0-7][0-9A-HJKMNP-TV-Z]{9})[0-9A-HJKMNP-TV-Z]{16}$/i;

/** When the event was made, milliseconds of the Unix epoch; undefined when this is not an event's id. */
export function timeOfEventId(id: string): number | undefined {
  const digits = EVENT_ID.exec(id)?.[1]?.toUpperCase();
  if (digits === undefined) return undefined;
  let time = 0;
  for (const digit of digits) time = time * 32 + DIGITS.indexOf(digit);
  return time;
}

/** Whether the id lies between two others, by the order of their times and then of their digits. */
export function isBetween(id: string, first: string, last: string): boolean {
  const [one, low, high] = [id.toUpperCase(), first.toUpperCase(), last.toUpperCase()];
  return low <= one && one <= high;
}
