/** Where a batch stands in a write stream: its first row has this number, counted from 0. */
export interface Place {
  /** The stream's full name. */
  readonly stream: string;
  readonly offset: number;
}

/**
 * Gives every batch a place in a write stream, before it is sent. BigQuery stores rows at a place once and answers
 * ALREADY_EXISTS afterwards, so that a batch may be sent to its place as often as need be.
 *
 * That answer says that something is there, not what. So **a place is offered to the events of one batch only**: as long as
 * nobody knows whether they are there, nothing but the same events in the same order (the halves of the batch) gets it.
 * What comes instead begins a new stream.
 */
export class StreamPlaces {
  readonly #openStream: (signal: AbortSignal) => Promise<string>;
  #stream: string | undefined;
  /** Rows that the stream has for certain. */
  #end = 0;
  /** Ids of the events to which the places from the end on were offered. */
  #offered: readonly string[] = [];

  /** `openStream` makes a write stream and resolves to its name. */
  constructor(openStream: (signal: AbortSignal) => Promise<string>) {
    this.#openStream = openStream;
  }

  /** The place of a batch of these events, in a new stream where the latest one has none for them. */
  async take(ids: readonly string[], signal: AbortSignal): Promise<Place> {
    if (!this.#isFree(ids)) this.#stream = undefined;
    await this.ready(signal);
    // Meanwhile somebody else may have got the place.
    return this.#stream !== undefined && this.#isFree(ids) ? this.#give(this.#stream, ids) : this.take(ids, signal);
  }

  /** Resolves when there is a stream. Rejects as `openStream` does. */
  async ready(signal: AbortSignal): Promise<void> {
    if (this.#stream !== undefined) return;
    const stream = await this.#openStream(signal);
    // Of two that were opened at once the first is used: places in it may be taken.
    if (this.#stream !== undefined) return;
    this.#stream = stream;
    this.#end = 0;
    this.#offered = [];
  }

  /** So many rows are stored there. */
  stored(place: Place, count: number): void {
    if (!this.#isLatest(place)) return;
    this.#end += count;
    this.#offered = this.#offered.slice(count);
  }

  /** For certain nothing is stored there, and the batch will not come there again. */
  free(place: Place): void {
    if (this.#isLatest(place)) this.#offered = [];
  }

  /** The stream takes no more rows. */
  gone(stream: string): void {
    if (stream === this.#stream) this.#stream = undefined;
  }

  #give(stream: string, ids: readonly string[]): Place {
    if (this.#offered.length === 0) this.#offered = ids;
    return { stream, offset: this.#end };
  }

  #isFree(ids: readonly string[]): boolean {
    if (this.#offered.length === 0) return true;
    return ids.length <= this.#offered.length && ids.every((id, index) => id === this.#offered[index]);
  }

  #isLatest({ stream, offset }: Place): boolean {
    return stream === this.#stream && offset === this.#end;
  }
}

/** As it is kept in the journal. */
export function placeToState({ stream, offset }: Place): string {
  return `${stream}@${offset}`;
}

/** Undefined for a place in another table, and for what is none. */
export function placeFromState(state: string, tablePath: string): Place | undefined {
  const [, stream = '', offset = ''] = /^(.*)@(\d{1,15})$/.exec(state) ?? [];
  return stream.startsWith(`${tablePath}/streams/`) ? { stream, offset: Number(offset) } : undefined;
}
