const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;

function encodeTime(time: number): string {
  let text = '';
  for (let left = time, digit = 0; digit < TIME_CHARACTERS; digit++) {
    text = ALPHABET.charAt(left % 32) + text;
    left = Math.floor(left / 32);
  }
  return text;
}

/**
 * A ULID of 26 characters. Its tail is random, as with the real server: ids of one millisecond do not sort in the order in
 * which they were made.
 */
export function ulid(timeMs: number, random: () => number): string {
  let text = encodeTime(timeMs);
  for (let digit = 0; digit < RANDOM_CHARACTERS; digit++) text += ALPHABET.charAt(Math.floor(random() * 32));
  return text;
}
