import { parseEvent, type GrantexEvent } from '../events.js';

/**
 * An event as the journal holds it: the text that came, byte for byte, and beside it the parsed form, which may be
 * dropped to save memory and is then made again when it is asked for.
 */
export class EventRecord {
  readonly id: string;
  /** The event's JSON as it came: one line. */
  readonly text: string;
  /** Its place in the journal, from 1; 0 until it is appended. */
  position = 0;
  #event: GrantexEvent | undefined;

  constructor(id: string, text: string, event?: GrantexEvent) {
    this.id = id;
    this.text = text;
    this.#event = event;
  }

  /** The parsed form. It is shared by all who read this record: never change it; ask for a {@link copy} instead. */
  get event(): GrantexEvent {
    this.#event ??= this.copy();
    return this.#event;
  }

  /** A parse of its own, for a reader who may change it. */
  copy(): GrantexEvent {
    const parsed = parseEvent(this.text);
    if ('reason' in parsed) throw new Error(`the journal's text of ${this.id} is no event: ${parsed.reason}`);
    return parsed.event;
  }

  /** Lets go of the parsed form. */
  dropParsed(): void {
    this.#event = undefined;
  }
}
