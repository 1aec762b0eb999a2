import type { Complaint } from '@grantex/core';

/** Headers that the destination sets itself, or that belong to the connection. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
]);

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible ASCII, with spaces inside. */
const VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** What is wrong with headers of a user. Never says anything about a value but its kind. */
export function headerComplaints(headers: Readonly<Record<string, string>>): readonly Complaint[] {
  const seen = new Set<string>();
  return Object.entries(headers).flatMap(([at, value]): Complaint[] => {
    const name = at.toLowerCase();
    if (!TOKEN.test(at)) return [{ expected: 'names of headers', got: 'one with characters that no name may have' }];
    if (OWN_HEADERS.has(name)) {
      return [{ at, expected: 'a header that is yours to set', got: 'one that the destination sets itself' }];
    }
    if (seen.has(name)) return [{ at, expected: 'each header once', got: 'the same name again' }];
    seen.add(name);
    if (VALUE.test(value)) return [];
    const got = value.trim() === value && value !== '' ? 'other characters in it' : 'white space around it, or nothing';
    return [{ at, expected: 'visible ASCII characters and spaces between them', got }];
  });
}
