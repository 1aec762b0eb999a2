const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PREFIX = 'evt_';
const TIME_CHARACTERS = 10;
const NUMBER_DIGITS = 16;
const LENGTH = PREFIX.length + TIME_CHARACTERS + NUMBER_DIGITS;

/** Formed as the real ids: the time of publication, and the event's number in decimal digits, which a ULID may have too. */
export function eventId(number: number, publishedAt: number): string {
  let time = '';
  for (let left = publishedAt, digit = 0; digit < TIME_CHARACTERS; digit++, left = Math.floor(left / 32)) {
    time = ALPHABET.charAt(left % 32) + time;
  }
  return `${PREFIX}${time}${String(number).padStart(NUMBER_DIGITS, '0')}`;
}

/** Undefined for an id that is not of {@link eventId}. */
export function numberIn(id: string): number | undefined {
  if (id.length !== LENGTH || !id.startsWith(PREFIX)) return undefined;
  const number = Number(id.slice(-NUMBER_DIGITS));
  return Number.isSafeInteger(number) ? number : undefined;
}

/** When the event was published. Unix epoch, milliseconds. */
export function timeIn(id: string): number {
  const time = id.slice(PREFIX.length, PREFIX.length + TIME_CHARACTERS);
  return Array.from(time).reduce((sum, character) => sum * 32 + ALPHABET.indexOf(character), 0);
}
