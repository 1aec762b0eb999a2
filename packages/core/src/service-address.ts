import { OptionError } from './errors.js';
import { checkValue, describe } from './option-problems.js';
import { option, type Complaint, type OptionSchema } from './option-schemas.js';

/** The address of a service that is sent a secret. It ends in logs, and the secret goes where it says. */

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether nobody but this machine is reached. `host`: as in `URL.hostname`, an IPv6 address in brackets. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** `http` or `https`, without user name and password. {@link unencrypted} says whether `http` will do. */
export function serviceAddress(about: string): OptionSchema<string> {
  return option.text(about, addressComplaints);
}

function addressComplaints(value: string): readonly Complaint[] {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return [{ expected: 'a URL such as https://host.example', got: describe(value) }];
  }
  if (url.username !== '' || url.password !== '') {
    return [{ expected: 'a URL without user name and password', got: 'one that has them' }];
  }
  return [];
}

/** For the rule of an object: plain `http` is taken to loopback, and to hosts that are named in `allowInsecureHosts`. */
export function unencrypted(
  name: string,
  options: { readonly allowInsecureHosts?: unknown; readonly [name: string]: unknown },
): readonly Complaint[] {
  const { [name]: value, allowInsecureHosts } = options;
  if (typeof value !== 'string' || !URL.canParse(value)) return [];
  const { protocol, hostname } = new URL(value);
  if (protocol !== 'http:' || isLoopback(hostname)) return [];
  if (Array.isArray(allowInsecureHosts) && allowInsecureHosts.includes(hostname)) return [];
  return [
    {
      at: name,
      expected: 'https, because a key is sent there',
      got: `plain http to ${hostname} (to allow it all the same: allowInsecureHosts: ['${hostname}'])`,
    },
  ];
}

/** Checks one address and returns it. */
export function serviceUrl(name: string, value: string, allowInsecureHosts: readonly string[] = []): URL {
  checkValue(name, serviceAddress(''), value);
  for (const { expected, got } of unencrypted(name, { [name]: value, allowInsecureHosts })) {
    throw new OptionError(name, expected, got);
  }
  return new URL(value);
}
