import type { ServiceName } from '../../services/address.ts';

/** The service behind each destination; the destinations are named as in the file of settings. */
export const SERVICE_OF = {
  datadog: 'victorialogs',
  loki: 'loki',
  s3: 's3',
  kafka: 'kafka',
} as const satisfies Readonly<Record<string, ServiceName>>;

export type DestinationName = keyof typeof SERVICE_OF;

export const STOPPABLE = Object.keys(SERVICE_OF) as readonly DestinationName[];

/** When the events of a run were published. Unix epoch, milliseconds; `to` is beyond the last one. */
export interface PublishedTime {
  readonly from: number;
  readonly to: number;
  readonly eventsPerSecond: number;
}

/** Ids that were read back, in the order in which the service has them, when it shows one. */
export interface StoredIds {
  readonly ids: readonly string[];
  /** What the order holds within, such as a partition. Undefined: the service shows none. */
  readonly lane?: string;
}

/** A destination, and the service behind it as its own users read it. */
export interface DestinationUnderLoad {
  readonly name: DestinationName;
  /** For the file of settings. Each run has a place of its own in the service. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Events in a request at most. */
  readonly batchSize: number;
  /** Every copy of every event that the service has of this run. */
  stored(time: PublishedTime): AsyncIterable<StoredIds>;
  /** Takes away what can be taken away. */
  discard(): Promise<void>;
}
