import type { DestinationDefinition, GrantexEvent } from '@grantex/core';

/**
 * What a forwarder runs by: the file of settings after it was read and checked, with every default filled in and every
 * value that the file takes from the environment or from another file put in. Holds secrets: never print it.
 */
export interface Settings {
  /** The file that was read; absolute. */
  readonly file: string;
  /** Every file whose change means other settings: the file itself, and those named by `file:` values. Absolute. */
  readonly watchedFiles: readonly string[];
  /** At least one. */
  readonly sources: readonly SourceSettings[];
  readonly journal: JournalSettings;
  /** Connections to each source at a time. */
  readonly connections: number;
  /** At least one. In the order of the file, switched-off ones included. */
  readonly destinations: readonly DestinationSettings[];
  readonly server: ServerSettings;
  readonly logging: LoggingSettings;
  readonly metrics: MetricsSettings;
}

/** A Grantex event stream. Each has a journal of its own. */
export interface SourceSettings {
  readonly name: string;
  readonly url: string;
  readonly apiKey: string;
  /** Undefined: all types. */
  readonly types: readonly string[] | undefined;
  readonly transport: 'sse' | 'websocket' | readonly ('sse' | 'websocket')[];
  readonly maxConnectionAgeMs: number | undefined;
  readonly gapEvents: boolean;
  /** Undefined: no heartbeats. */
  readonly heartbeatMs: number | undefined;
  readonly allowInsecureHosts: readonly string[];
}

export interface JournalSettings {
  readonly type: 'disk' | 'memory';
  /** The folder of everything that has to survive a restart: `<source>.db` for each source. Absolute. */
  readonly folder: string;
  /** For each source. */
  readonly maxBytes: number;
  readonly whenFull: 'overrun' | 'block';
  readonly retainMs: number;
  readonly maxDeadLetters: number;
}

export interface DestinationSettings {
  /** The key in the file; the name of its cursor. */
  readonly name: string;
  /** As in the file: a short name of ours, or a package's name. */
  readonly type: string;
  readonly definition: DestinationDefinition;
  /** For `definition.from()`; `name` is among them. Holds secrets. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The sources whose events it gets. */
  readonly sources: readonly string[];
  readonly enabled: boolean;
  /** Where it begins when it is new: behind the newest event, or at the oldest that the journal keeps. */
  readonly from: 'head' | 'oldest';
  /** Undefined: every event. */
  readonly filter: ((event: GrantexEvent) => boolean) | undefined;
  /** Undefined: events go as they came. */
  readonly transform: ((event: GrantexEvent) => GrantexEvent) | undefined;
  /** Differs when anything about the destination differs, `enabled` apart. A digest: it shows no secret. */
  readonly fingerprint: string;
}

export interface ServerSettings {
  /** Where `/healthz`, `/readyz`, `/metrics` and `/status` are served; undefined: nowhere. */
  readonly http: { readonly host: string; readonly port: number } | undefined;
  /** The Unix socket through which commands reach the running program. Absolute. */
  readonly socket: string;
  /** Milliseconds in which SIGTERM delivers what is there. */
  readonly stopDeadlineMs: number;
}

export interface LoggingSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** `auto`: lines for people on a terminal, JSON otherwise. */
  readonly format: 'auto' | 'text' | 'json';
}

export interface MetricsSettings {
  /** Where metrics are sent over OTLP (HTTP, protobuf); undefined: nowhere. */
  readonly otlp:
    | { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly intervalMs: number }
    | undefined;
}
