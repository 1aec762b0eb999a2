/** An event as the stream carries it. */
export interface TestEvent {
  /** `evt_` and a ULID, 30 characters. */
  readonly id: string;
  readonly type: string;
  /** ISO 8601, UTC, with milliseconds. */
  readonly createdAt: string;
  readonly data: Record<string, unknown>;
}

/** What the event server publishes: any event with the envelope's fields, a typed one as well. */
export interface PublishableEvent {
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  readonly data: object;
}
