import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** What the Collector's receiver has stored of one event. */
export interface StoredEvent {
  /** Unix epoch, nanoseconds. */
  readonly time: string;
  /** The event's id, as an indexed field. */
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** `host.name`, `com.splunk.source`, `com.splunk.sourcetype`, `com.splunk.index`. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly event: unknown;
}

/** A value of OTLP in JSON. */
interface OtlpValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly doubleValue?: number;
  readonly intValue?: string;
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] };
  readonly kvlistValue?: { readonly values?: readonly OtlpAttribute[] };
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

interface OtlpLine {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly timeUnixNano?: string;
        readonly body: OtlpValue;
        readonly attributes?: readonly OtlpAttribute[];
      }[];
    }[];
  }[];
}

/** Reads back what a run has stored: from where the file ends now, and of a source of its own. */
export class Received {
  readonly source: string = `test-${randomUUID()}`;
  readonly #file: string;
  readonly #from: number;

  constructor(file: string) {
    this.#file = file;
    this.#from = statSync(file).size;
  }

  /** In the order in which it was stored, repeats included. */
  async events(): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for (const line of (await this.#text()).split('\n')) {
      // Another run's, or one that is being written.
      if (line.includes(this.source) && line.endsWith('}')) events.push(...eventsOf(JSON.parse(line) as OtlpLine));
    }
    return events;
  }

  async #text(): Promise<string> {
    await using file = await open(this.#file);
    const { size } = await file.stat();
    const { buffer } = await file.read({ buffer: Buffer.alloc(size - this.#from), position: this.#from });
    return buffer.toString();
  }
}

function eventsOf({ resourceLogs }: OtlpLine): StoredEvent[] {
  return resourceLogs.flatMap(({ resource, scopeLogs }) => {
    const metadata = objectOf(resource.attributes);
    return scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ timeUnixNano = '', body, attributes }) => {
        const fields = objectOf(attributes);
        return { time: timeUnixNano, id: String(fields['event_id']), fields, metadata, event: valueOf(body) };
      }),
    );
  });
}

function objectOf(attributes: readonly OtlpAttribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf({ stringValue, boolValue, doubleValue, intValue, arrayValue, kvlistValue }: OtlpValue): unknown {
  if (arrayValue !== undefined) return (arrayValue.values ?? []).map(valueOf);
  if (kvlistValue !== undefined) return objectOf(kvlistValue.values);
  return stringValue ?? boolValue ?? doubleValue ?? (intValue === undefined ? null : Number(intValue));
}
