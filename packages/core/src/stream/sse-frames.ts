import { createParser, type EventSourceParser } from 'eventsource-parser';

/** Characters of one frame at most: 8 MiB of data, and something for the names of its fields. A longer one is passed over. */
const MAX_FRAME = 8_388_608 + 65_536;
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

/**
 * Cuts the bytes of an event stream into frames, by the rules of the standard. One for each connection. The parser sees
 * everything but the rest of a frame that is too long; where frames end, which it does not tell, is looked for here.
 */
export class SseFrames {
  readonly #parser: EventSourceParser;
  readonly #decoder = new TextDecoder();
  readonly #listener: FrameListener;
  /** Characters of the unfinished frame so far. */
  #length = 0;
  /** How the unfinished frame began. */
  #head = '';
  #isSkipping = false;
  /** The last character ended a line: another line end makes the blank line that ends the frame. */
  #isLineStart = true;
  /** The last character was CR, and an LF that follows belongs to it. */
  #isAfterCr = false;

  constructor(listener: FrameListener) {
    this.#listener = listener;
    this.#parser = createParser({
      onEvent: ({ data }) => listener.onFrame(data),
      onId: (id) => listener.onId(id),
    });
  }

  feed(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    // Nothing in it can be too long: the parser may have it whole, and only its last frame is of interest.
    const isHarmless = !this.#isSkipping && this.#length + text.length <= MAX_FRAME;
    if (isHarmless) this.#parser.feed(text);
    const lineEnds = new LineEnds(text);
    for (let start = 0; start < text.length;) {
      const end = this.#endOfFrame(text, start, lineEnds);
      if (!isHarmless) this.#take(text.slice(start, end ?? text.length));
      if (end === undefined) {
        this.#remember(text.slice(start));
        return;
      }
      this.#isSkipping = false;
      this.#length = 0;
      this.#head = '';
      start = end;
    }
  }

  /** Gives the parser a piece of one frame, unless that is, or becomes, too long. */
  #take(piece: string): void {
    if (this.#isSkipping) return;
    if (this.#length + piece.length <= MAX_FRAME) {
      this.#parser.feed(piece);
      return;
    }
    this.#isSkipping = true;
    this.#parser.reset();
    this.#listener.onOversize((this.#head + piece.slice(0, MAX_HEAD)).slice(0, MAX_HEAD).replace(/^[\r\n]+/, ''));
  }

  /** Notes the beginning of a frame that is not complete, for the case that it becomes too long. */
  #remember(piece: string): void {
    if (this.#isSkipping) return;
    this.#length += piece.length;
    if (this.#head.length < MAX_HEAD) this.#head += piece.slice(0, MAX_HEAD);
  }

  /** Where the frame that goes on at `start` ends: behind its blank line, or undefined when that is still to come. */
  #endOfFrame(text: string, start: number, lineEnds: LineEnds): number | undefined {
    let index = start;
    if (this.#isAfterCr && text[index] === '\n') index++;
    this.#isAfterCr = false;
    for (;;) {
      const lineEnd = lineEnds.next(index);
      if (lineEnd === undefined) {
        if (index < text.length) this.#isLineStart = false;
        return undefined;
      }
      const isBlank = lineEnd === index && this.#isLineStart;
      const isCr = text[lineEnd] === '\r';
      this.#isLineStart = true;
      index = lineEnd + (isCr && text[lineEnd + 1] === '\n' ? 2 : 1);
      this.#isAfterCr = isCr && index === text.length && text[index - 1] === '\r';
      if (isBlank) return index;
    }
  }
}

/** Finds the line ends of a text one after the other, and looks at each character once for each kind. */
class LineEnds {
  readonly #text: string;
  #lf: number;
  #cr: number;

  constructor(text: string) {
    this.#text = text;
    this.#lf = placeOf(text.indexOf('\n'));
    this.#cr = placeOf(text.indexOf('\r'));
  }

  /** The first one from `from` on, which may not go back. */
  next(from: number): number | undefined {
    if (this.#lf < from) this.#lf = placeOf(this.#text.indexOf('\n', from));
    if (this.#cr < from) this.#cr = placeOf(this.#text.indexOf('\r', from));
    const next = Math.min(this.#lf, this.#cr);
    return next === Infinity ? undefined : next;
  }
}

function placeOf(index: number): number {
  return index === -1 ? Infinity : index;
}
