import {
  EventSource,
  MemoryJournal,
  silentLogger,
  StreamError,
  type CheckResult,
  type EventDestination,
} from '@grantex/core';
import type { SourceSettings } from '../settings/settings.js';
import { formatDuration } from './terminal.js';

/** A quiet stream sends its first byte with the first keepalive, after 30 s. */
const WAIT_MS = 45_000;

const NOWHERE: EventDestination = {
  name: 'nowhere',
  send: async () => {},
  flush: async () => {},
  close: async () => {},
};

export interface SourceCheckOptions {
  readonly source: SourceSettings;
  readonly transport: 'sse' | 'websocket';
  readonly signal: AbortSignal;
  /** Milliseconds to wait for the first byte. */
  readonly waitMs?: number;
}

/**
 * Opens the stream until its first byte has come, and says what came of it. What it hears meanwhile goes nowhere. Fails at
 * the first refusal, temporary ones too: the person who asks is waiting. Never rejects, but for the signal's reason.
 */
export async function checkSource(options: SourceCheckOptions): Promise<CheckResult> {
  const { source, transport, signal, waitMs = WAIT_MS } = options;
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {}); // The stream may be heard first.
  const complain = (message: string): void => fail(new Error(withoutOutlook(message)));
  const started = Date.now();
  const timer = setTimeout(() => fail(new Error(`nothing came within ${formatDuration(waitMs)}`)), waitMs);
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener('abort', onAbort);
  let stream: EventSource | undefined;
  try {
    signal.throwIfAborted();
    stream = new EventSource({
      url: source.url,
      apiKey: source.apiKey,
      transport,
      allowInsecureHosts: source.allowInsecureHosts,
      journal: new MemoryJournal(),
      logger: { ...silentLogger, warn: complain, error: complain },
      ...(source.types !== undefined && { types: source.types }),
    }).addDestination(NOWHERE);
    stream.start().catch(fail);
    // Why it ended is told by start(), and that it ended by ready(), perhaps first.
    await Promise.race([stream.ready().catch(() => failed), failed]);
    return { ok: true, message: `heard over ${transport} after ${formatDuration(Date.now() - started)}` };
  } catch (error) {
    signal.throwIfAborted();
    return tellRefusal(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await stream?.stop({ deadlineMs: 0 });
  }
}

function tellRefusal(error: unknown): CheckResult {
  if (!(error instanceof Error)) return { ok: false, message: String(error) };
  if (!(error instanceof StreamError)) return { ok: false, message: error.message };
  const message = error.cause instanceof Error ? error.cause.message : error.message;
  return { ok: false, message, ...(error.statusCode !== undefined && { statusCode: error.statusCode }) };
}

/** A log line about a failed connect says when the next one is; here there is none. */
function withoutOutlook(message: string): string {
  return message.replace(/^event stream.*?: not connected, connecting again(?: in \d+ s)?\. /, '');
}
