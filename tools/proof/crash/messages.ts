import { writeSync } from 'node:fs';

/** The pipe to the process that started this one. */
const PIPE = 3;

/** What a forwarder is told when it is started. */
export interface ForwarderSettings {
  readonly url: string;
  readonly key: string;
  /** `memory` loses everything at a kill: the proof has to notice. */
  readonly journal: 'sqlite' | 'memory';
  readonly path: string;
  readonly takeover: boolean;
  readonly destinations: readonly { readonly name: string; readonly url: string }[];
  readonly batchSize: number;
  /** Bytes that the journal may use. */
  readonly maxBytes: number;
  /** Milliseconds for which the journal keeps what is settled. */
  readonly retainMs: number;
  /** Milliseconds of silence after which a connection counts as dead. */
  readonly silenceTimeoutMs: number;
}

/** What a forwarder tells. */
export type ForwarderMessage =
  /** These are in the journal: the append has resolved. */
  | { readonly kind: 'appended'; readonly ids: readonly string[] }
  /** The first byte of the stream has come. */
  | { readonly kind: 'heard' }
  | { readonly kind: 'status'; readonly lag: Readonly<Record<string, number>>; readonly rssBytes: number }
  /** It has stopped; what it could not deliver. */
  | { readonly kind: 'stopped'; readonly remaining: number };

/** Tells at once: when this returns the message is in the pipe, and a kill does not take it back. */
export function tell(message: ForwarderMessage): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(PIPE, bytes, written);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // Whoever reads is gone: so is the reason to go on.
      if (code !== 'EAGAIN') process.exit(1);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
