import type { ForwarderStatus, SourceStatus } from './status.js';

/**
 * How long a source may be connecting and still counts as ready, in milliseconds. On a quiet stream the auth service sends
 * the first byte only after 30 s, and the connection is given up after 40 s.
 */
const CONNECTING_MS = 45_000;

/** The answer of `/readyz`. */
export interface Readiness {
  readonly ready: boolean;
  /** What is missing for the program as a whole; empty when nothing is. */
  readonly missing: readonly string[];
  readonly sources: Readonly<Record<string, SourceReadiness>>;
}

interface SourceReadiness {
  readonly ready: boolean;
  /** Sentences for people; empty when nothing is missing. */
  readonly missing: readonly string[];
}

/**
 * Whether the program does its part: every stream is heard, or connecting within its time, and every journal takes events.
 * Destinations do not count: while one of them is away its events wait in the journal, and a restart would not help.
 */
export function readiness(status: ForwarderStatus, nowMs: number): Readiness {
  const missing = programMissing(status);
  const startedMs = Date.parse(status.started_at);
  const sources = Object.entries(status.sources).map(([name, source]) => {
    const lacks = sourceMissing(source, startedMs, nowMs);
    return [name, { ready: lacks.length === 0, missing: lacks }] as const;
  });
  const ready = missing.length === 0 && sources.every(([, source]) => source.ready);
  return { ready, missing, sources: Object.fromEntries(sources) };
}

function programMissing({ state, sources }: ForwarderStatus): readonly string[] {
  if (state === 'stopping' || state === 'stopped') return [`the program is ${state}`];
  if (Object.keys(sources).length === 0) return ['no source is open yet'];
  return [];
}

function sourceMissing(source: SourceStatus, startedMs: number, nowMs: number): readonly string[] {
  const missing: string[] = [];
  const stream = streamMissing(source, startedMs, nowMs);
  if (stream !== undefined) missing.push(stream);
  if (!source.journal.writable) missing.push('the journal does not take events: the disk is full');
  return missing;
}

function streamMissing(source: SourceStatus, startedMs: number, nowMs: number): string | undefined {
  switch (source.state) {
    case 'heard':
      return undefined;
    case 'waiting':
      // The other process still has the journal. It may be ended once this one hears the stream, and not before.
      return source.lost_since === null
        ? undefined
        : 'another process has the journal, and this one does not hear the stream yet';
    case 'connecting': {
      // What was lost before the start is no fault of this process: its time begins with the start.
      const sinceMs = Math.max(source.lost_since === null ? 0 : Date.parse(source.lost_since), startedMs);
      const connectingMs = nowMs - sinceMs;
      if (connectingMs < CONNECTING_MS) return undefined;
      return `the stream has not been heard for ${Math.floor(connectingMs / 1_000)} s`;
    }
    case 'stopping':
    case 'stopped':
      return `the source is ${source.state}`;
  }
}
