import { createParser, type EventSourceParser } from 'eventsource-parser';

/** Characters of one frame at most: 8 MiB. A longer one is passed over up to the next blank line. */
const MAX_FRAME = 8_388_608;
/** So much of the beginning of a frame that is too long is kept. */
const MAX_HEAD = 65_536;

export interface FrameListener {
  /** One frame's data. */
  onFrame(text: string): void;
  /** A frame that is too long, with its beginning. */
  onOversize(head: string): void;
  /** The id of a frame, should a later server send them. */
  onId(id: string): void;
}

/** Cuts the bytes of an event stream into frames, by the rules of the standard. One for each connection. */
export class SseFrames {
  readonly #parser: EventSourceParser;
  readonly #decoder = new TextDecoder();
  readonly #listener: FrameListener;
  /** The beginning of the frame that is not complete. */
  #head = '';
  #isOversize = false;
  #isSkipping = false;
  /** While skipping: whether the last character ended a line. */
  #isLineStart = false;
  /** While skipping: the last character was CR, and an LF that follows belongs to it. */
  #isAfterCr = false;

  constructor(listener: FrameListener) {
    this.#listener = listener;
    this.#parser = createParser({
      maxBufferSize: MAX_FRAME,
      onEvent: ({ data }) => listener.onFrame(data),
      onId: (id) => listener.onId(id),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#isOversize = true;
      },
    });
  }

  feed(bytes: Uint8Array): void {
    let text = this.#decoder.decode(bytes, { stream: true });
    while (text !== '') {
      if (this.#isSkipping) text = this.#skip(text);
      if (text !== '') text = this.#parse(text);
    }
  }

  /** Returns what is left to be looked at after a frame that was too long. */
  #parse(text: string): string {
    this.#parser.feed(text);
    this.#keepHead(text);
    if (!this.#isOversize) return '';
    this.#isOversize = false;
    this.#listener.onOversize(this.#head.slice(0, MAX_HEAD));
    this.#head = '';
    this.#parser.reset();
    this.#isSkipping = true;
    this.#isLineStart = /[\r\n]$/.test(text);
    this.#isAfterCr = text.endsWith('\r');
    return '';
  }

  /** Remembers how the unfinished frame began, for the case that it becomes too long. */
  #keepHead(text: string): void {
    if (text.endsWith('\n\n')) {
      this.#head = '';
      return;
    }
    const end = Math.max(text.lastIndexOf('\n\n'), text.lastIndexOf('\r\n\r\n') + 2, text.lastIndexOf('\r\r'));
    if (end > 1 || text.startsWith('\n\n')) this.#head = text.slice(end + 2, end + 2 + MAX_HEAD);
    else if (this.#head.length < MAX_HEAD) this.#head += text.slice(0, MAX_HEAD);
  }

  /** Passes over the rest of a frame, up to and with its blank line. Returns what follows. */
  #skip(text: string): string {
    for (let index = 0; index < text.length; index++) {
      const character = text[index];
      const isLf = character === '\n';
      if (isLf && this.#isAfterCr) {
        this.#isAfterCr = false;
        continue;
      }
      this.#isAfterCr = character === '\r';
      if (!isLf && !this.#isAfterCr) {
        this.#isLineStart = false;
      } else if (this.#isLineStart) {
        this.#isSkipping = false;
        // The parser begins anew: an LF that belongs to this CR would be a blank line to it, which is harmless.
        return text.slice(index + 1);
      } else {
        this.#isLineStart = true;
      }
    }
    return '';
  }
}
