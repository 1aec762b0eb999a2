import { checkValue } from './option-problems.js';
import { option } from './option-schemas.js';

/** Checks of single options, one for each kind of value. Each returns the value or throws an `OptionError`. */

export { describe } from './option-problems.js';
export { serviceUrl } from './service-address.js';

/** A whole number, both ends included. */
export function integerBetween(name: string, value: number, least: number, most: number): number {
  return checkValue(name, option.wholeNumber('', least, most), value);
}

/** A duration. `Infinity` is taken where `most` is. */
export function milliseconds(name: string, value: number, most: number = 2 ** 31 - 1): number {
  if (value === Infinity && most === Infinity) return value;
  return checkValue(name, option.milliseconds('', 0, most), value);
}

/** A text of at least one character. */
export function nonEmptyText(name: string, value: string): string {
  return checkValue(name, option.text(''), value);
}

/** A secret that travels in an HTTP header: visible ASCII without white space. The message never shows it. */
export function secretText(name: string, value: string): string {
  return checkValue(name, option.secret(''), value);
}

/** One of a few words; the message lists them. */
export function oneOf<Value extends string>(name: string, value: Value, allowed: readonly Value[]): Value {
  return checkValue(name, option.oneOf('', allowed), value);
}
