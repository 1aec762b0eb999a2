import { DestinationError, type DestinationErrorCode } from '../errors.js';
import { refusalFromError } from '../delivery/refusal-from-error.js';

/** What went wrong when an HTTP service gave no answer: says which host, and what to mend. */
export function explainNoAnswer(error: unknown, { host }: URL): DestinationError {
  const { code, message } = refusalFromError(error);
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
    return `${host}: ${message}; a certificate of your own goes into NODE_EXTRA_CA_CERTS`;
  }
  return `no answer from ${host}: ${message}`;
}
