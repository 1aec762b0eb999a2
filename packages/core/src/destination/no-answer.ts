import { DestinationError, type DestinationErrorCode } from '../errors.js';
import { refusalFromError } from '../delivery/refusal-from-error.js';

/** What went wrong when an HTTP service gave no answer: says which host, and what to mend. */
export function explainNoAnswer(error: unknown, { host }: URL): DestinationError {
  const { code, message } = refusalFromError(error);
  const proxy = proxyAnswer(message);
  if (proxy !== undefined) return new DestinationError(proxyCode(proxy), explainProxy(proxy, host), { cause: error });
  return new DestinationError(exactCode(code), explain(code, message, host), { cause: error });
}

function exactCode(code: DestinationErrorCode): DestinationErrorCode {
  // A failure that nobody knows is still one of the network, here: the service has said nothing.
  return code === 'DEST_FAILED' ? 'DEST_NETWORK' : code;
}

function explain(code: DestinationErrorCode, message: string, host: string): string {
  if (/\b(ENOTFOUND|EAI_AGAIN)\b/.test(message)) {
    return `the host ${host} is not known; check the address, and the name service of this machine`;
  }
  if (/\bECONNREFUSED\b/.test(message)) {
    return `${host} refused the connection; check the address, and firewalls and proxies on the way`;
  }
  if (code === 'DEST_MISCONFIGURED') {
    return `${host}: ${message}; a certificate of your own goes into tls.ca, or into NODE_EXTRA_CA_CERTS`;
  }
  return `no answer from ${host}: ${message}`;
}

/** The status with which a proxy refused to open a way to the service, from undici's two messages about it. */
function proxyAnswer(message: string): number | undefined {
  const status = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/.exec(message);
  return status === null ? undefined : Number(status[1] ?? status[2]);
}

function proxyCode(status: number): DestinationErrorCode {
  // Any other answer may be about the service behind the proxy, which can come back by itself.
  return status === 403 || status === 407 ? 'DEST_MISCONFIGURED' : 'DEST_NETWORK';
}

function explainProxy(status: number, host: string): string {
  if (status === 407) return 'the proxy wants a user name and a password: check proxy';
  if (status === 403) return `the proxy does not allow connections to ${host}: check proxy, or NO_PROXY`;
  return `the proxy replied ${status} when it was asked for ${host}`;
}
