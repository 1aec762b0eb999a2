import { OptionError } from './errors.js';

/** Checks of options, one for each kind of value. Each returns the value or throws an {@link OptionError}. */

/** How a wrong value is shown: its kind and size, never its text, since it may be a secret in the wrong place. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `a text of ${value.length} characters`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

export function integerBetween(option: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new OptionError(option, `a whole number from ${least} to ${most}`, describe(value));
  }
  return value;
}

/** A duration. `Infinity` is taken where `most` is. */
export function milliseconds(option: string, value: number, most: number = 2 ** 31 - 1): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= most)) {
    throw new OptionError(option, `milliseconds from 0 to ${most}`, describe(value));
  }
  return value;
}

export function nonEmptyText(option: string, value: string): string {
  if (typeof value !== 'string' || value === '') throw new OptionError(option, 'a text', describe(value));
  return value;
}

/** A secret that travels in an HTTP header: visible ASCII without white space. The message never shows it. */
export function secretText(option: string, value: string): string {
  if (typeof value !== 'string' || value === '') throw new OptionError(option, 'a text', describe(value));
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new OptionError(
      option,
      'visible ASCII characters without white space',
      value.trim() === value ? 'other characters in it' : 'white space around it',
    );
  }
  return value;
}

export function oneOf<Value extends string>(option: string, value: Value, allowed: readonly Value[]): Value {
  if (!allowed.includes(value)) {
    throw new OptionError(
      option,
      `one of ${allowed.join(', ')}`,
      typeof value === 'string' ? `"${value}"` : describe(value),
    );
  }
  return value;
}

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The address of a service that is sent a secret: `https`, or `http` to loopback or to a host that the user has named in
 * `allowInsecureHosts`. A user name or a password in the address is refused, since addresses end in logs.
 */
export function serviceUrl(option: string, value: string, allowInsecureHosts: readonly string[] = []): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new OptionError(option, 'a URL such as https://host.example', describe(value));
  }
  if (url.username !== '' || url.password !== '') {
    throw new OptionError(option, 'a URL without user name and password', 'one that has them');
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname) && !allowInsecureHosts.includes(url.hostname)) {
    throw new OptionError(
      option,
      'https, because a key is sent there',
      `plain http to ${url.hostname} (to allow it all the same: allowInsecureHosts: ['${url.hostname}'])`,
    );
  }
  return url;
}
