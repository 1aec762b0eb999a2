/** Numbers of 32 bits for one id: the 26 characters of a ULID stand for five bits each, the first one for three. */
const WORDS = 4;
const PREFIX = 'evt_';
const LENGTH = PREFIX.length + 26;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** By character code: what the character stands for. */
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** The 128 bits of an id as four numbers: as exact as the text, and nothing that the garbage collection has to look at. */
export type IdBits = Int32Array;

export function noBits(): IdBits {
  return new Int32Array(WORDS);
}

/** Reads an id into `bits`. False when it is not `evt_` and a ULID of our days, and has to be kept as a text. */
export function readId(id: string, bits: IdBits): boolean {
  if (id.length !== LENGTH || !id.startsWith(PREFIX)) return false;
  let wrong = 0;
  let at = PREFIX.length;
  for (let word = 0; word < WORDS; word++) {
    let value = 0;
    for (const end = at + 6; at < end; at++) {
      const digit = digitAt(id, at);
      wrong |= digit;
      value = (value << 5) | digit;
    }
    bits[word] = value;
  }
  // Ten bits are left, and there is room for four behind the first word's 28, and for two behind each of the others' 30.
  const rest = (digitAt(id, at) << 5) | digitAt(id, at + 1);
  const isLarge = digitAt(id, PREFIX.length) > 7;
  bits[0] = ((bits[0] ?? 0) << 4) | (rest >>> 6);
  bits[1] = ((bits[1] ?? 0) << 2) | ((rest >>> 4) & 3);
  bits[2] = ((bits[2] ?? 0) << 2) | ((rest >>> 2) & 3);
  bits[3] = ((bits[3] ?? 0) << 2) | (rest & 3);
  return wrong >= 0 && rest >= 0 && !isLarge && bits[0] !== 0;
}

function digitAt(id: string, at: number): number {
  return VALUES[id.charCodeAt(at)] ?? -1;
}

/**
 * A set of ids for which adding makes no object. In a `Set` of texts this was the dearest step of an event after its parsing:
 * texts that are kept for long are copied twice by the garbage collection, and a large table is built anew as it grows.
 */
export class EventIdTable {
  readonly #slots: Int32Array;
  readonly #mask: number;
  #size = 0;

  /** `most` ids at most. */
  constructor(most: number) {
    // Half empty or more, so that there are few to pass over.
    const slots = 2 ** Math.ceil(Math.log2(most * 2));
    this.#slots = new Int32Array(slots * WORDS);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  has(bits: IdBits): boolean {
    return this.#slots[this.#find(bits)] !== 0;
  }

  /** Adds it, if it is not there. */
  add(bits: IdBits): this {
    const at = this.#find(bits);
    if (this.#slots[at] === 0) {
      this.#slots.set(bits, at);
      this.#size++;
    }
    return this;
  }

  /** Where it is, or else the free slot for it. A slot is free when its first word is 0, which is so for no id of our days. */
  #find(bits: IdBits): number {
    const slots = this.#slots;
    const first = bits[0];
    const second = bits[1];
    const third = bits[2] ?? 0;
    const fourth = bits[3] ?? 0;
    let slot = Math.imul(third ^ fourth, 0x9e3779b1) >>> 7;
    for (; ; slot++) {
      slot &= this.#mask;
      const at = slot * WORDS;
      const found = slots[at];
      if (found === 0) return at;
      if (found === first && slots[at + 1] === second && slots[at + 2] === third && slots[at + 3] === fourth) return at;
    }
  }
}
