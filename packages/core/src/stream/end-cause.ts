import { excerpt } from '../http-answer.js';

/** What a TLS client makes of an answer that is none. */
const NO_TLS = /wrong version number|packet length too long|record overflow/i;

/** Why a connection ended, for a log line: what the error says, with its code, and never more than a line. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection was given up';
  // All addresses of a host were tried: the errors are inside, and the one around them says nothing.
  const inner: unknown = error instanceof AggregateError && error.message === '' ? error.errors[0] : undefined;
  if (inner !== undefined) return causeOf(inner);
  if (NO_TLS.test(error.message)) return 'the server does not speak TLS on this port: check the url';
  const { code } = error as { code?: unknown };
  const message = excerpt(error.message);
  return typeof code === 'string' && !message.includes(code) ? `${message} (${code})` : message;
}
