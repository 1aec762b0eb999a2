import { CommandFailure, EXIT } from '../../exit-codes.js';
import { controlClient } from '../../control/control-client.js';
import { findSocket } from '../../settings/places.js';
import type { ForwarderStatus } from '../../watching/status.js';
import { settingsFile, type CommandContext } from '../context.js';

/** Milliseconds for one answer. */
const TIMEOUT_MS = 5_000;

/** Rejects with a `CommandFailure`: exit code `unavailable` when no forwarder answers. */
export type StatusReader = () => Promise<ForwarderStatus>;

/** Asks at the address if there is one, else at the socket that the settings name. */
export async function statusReader(
  { url, config }: { readonly url?: string; readonly config?: string },
  context: CommandContext,
): Promise<StatusReader> {
  if (url !== undefined) return httpReader(url, context.signal);
  const client = controlClient(await findSocket(settingsFile(config, context), { env: context.env }));
  return () => client.status();
}

function httpReader(given: string, signal: AbortSignal): StatusReader {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new CommandFailure(`--url: expected an address such as http://127.0.0.1:9464, got ${given}`, EXIT.usage);
  }
  const status = new URL(
    url.pathname.endsWith('/status') ? url : `${url.origin}${url.pathname.replace(/\/$/, '')}/status`,
  );
  return () => askOverHttp(status, signal);
}

async function askOverHttp(url: URL, signal: AbortSignal): Promise<ForwarderStatus> {
  const late = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([late, signal]), redirect: 'error' });
    const answer: unknown = response.ok ? await response.json() : undefined;
    if (isStatus(answer)) return answer;
    const what = response.ok ? 'another JSON' : String(response.status);
    throw new CommandFailure(`no status of a forwarder at ${url.href}: the answer is ${what}`, EXIT.unavailable);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const why = late.aborted ? `no answer within ${TIMEOUT_MS} ms` : tellCause(error);
    throw new CommandFailure(`no forwarder answers at ${url.href}: ${why}`, EXIT.unavailable);
  }
}

function isStatus(answer: unknown): answer is ForwarderStatus {
  if (typeof answer !== 'object' || answer === null) return false;
  const { sources, settings, pid } = answer as Record<string, unknown>;
  return typeof sources === 'object' && sources !== null && typeof settings === 'object' && typeof pid === 'number';
}

/** `fetch` puts the reason into the cause. */
function tellCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === '' ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : cause.message;
}
