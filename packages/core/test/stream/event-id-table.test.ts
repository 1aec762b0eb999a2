import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventIdTable, noBits, readId, type IdBits } from '../../src/stream/event-id-table.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.split('');
/** Ids as the event server makes them. The second place is of the time, which is not 0. */
const eventId = fc
  .tuple(fc.constantFrom('0', '1', '6', '7'), fc.array(fc.constantFrom(...ALPHABET), { minLength: 24, maxLength: 24 }))
  .map(([first, others]) => `evt_${first}1${others.join('')}`);

function bitsOf(id: string): IdBits | undefined {
  const bits = noBits();
  return readId(id, bits) ? bits : undefined;
}

test('two ids have the same bits only if they are the same', () => {
  fc.assert(
    fc.property(eventId, fc.nat(25), fc.constantFrom(...ALPHABET), (id, place, character) => {
      const at = 'evt_'.length + place;
      const other = `${id.slice(0, at)}${character}${id.slice(at + 1)}`;
      const [bits, otherBits] = [bitsOf(id), bitsOf(other)];
      expect(bits).toBeDefined();
      expect(String(bits) === String(otherBits)).toBe(id === other);
    }),
    { numRuns: 2_000 },
  );
});

describe('what is no ULID of our days is left to others', () => {
  test.each([
    { what: 'another prefix', id: 'gap_01KJMMA2G093MF83F0PY408687' },
    { what: 'no prefix', id: '01KJMMA2G093MF83F0PY408687evt_' },
    { what: 'a character less', id: 'evt_01KJMMA2G093MF83F0PY40868' },
    { what: 'a character more', id: 'evt_01KJMMA2G093MF83F0PY4086877' },
    { what: 'small letters', id: 'evt_01kjmma2g093mf83f0py408687' },
    { what: 'a letter that is not used', id: 'evt_01KJMMA2G093MF83F0PY40868U' },
    { what: 'another alphabet', id: 'evt_01KJMMA2G093MF83F0PY40868é' },
    { what: 'a sign of two code units', id: 'evt_01KJMMA2G093MF83F0PY4086😀' },
    { what: 'more than 128 bits', id: 'evt_81KJMMA2G093MF83F0PY408687' },
    { what: 'nothing but zeros', id: 'evt_00000000000000000000000000' },
    { what: 'no text', id: '' },
  ])('$what', ({ id }) => {
    expect(bitsOf(id)).toBeUndefined();
  });
});

test('a table has what was added, and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(eventId, { minLength: 2, maxLength: 200 }), (ids) => {
      const half = Math.floor(ids.length / 2);
      // As small as can be, so that ids get into each other's way.
      const table = new EventIdTable(ids.length);
      for (const id of [...ids.slice(0, half), ...ids.slice(0, half)]) table.add(bitsOf(id) ?? noBits());
      expect(table.size).toBe(half);
      expect(ids.filter((id) => table.has(bitsOf(id) ?? noBits()))).toEqual(ids.slice(0, half));
    }),
  );
});

test('ids of one millisecond, which differ in the last places only, are told apart', () => {
  const table = new EventIdTable(1_024);
  const ids = ALPHABET.flatMap((one) => ALPHABET.map((other) => `evt_01KJMMA2G093MF83F0PY4086${one}${other}`));
  for (const id of ids) table.add(bitsOf(id) ?? noBits());
  expect(table.size).toBe(1_024);
});
