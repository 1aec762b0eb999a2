import type { PublishableEvent } from '../events/test-event.js';
import { textFrame } from './websocket-frame.js';

/** One HTTP chunk around these bytes. */
export function httpChunk(content: Buffer | string): Buffer {
  if (typeof content === 'string') {
    return Buffer.from(`${Buffer.byteLength(content).toString(16)}\r\n${content}\r\n`);
  }
  return Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n')]);
}

function typeOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
    return typeof value.type === 'string' && value.type !== '' ? value.type : undefined;
  } catch {
    // Not JSON, so without a type.
    return undefined;
  }
}

/** What is published once: encoded once for each transport, however many subscribers there are. */
export class Message {
  readonly #text: string;
  #type: { readonly value: string | undefined } | undefined;
  #sseChunk: Buffer | undefined;
  #webSocketFrame: Buffer | undefined;

  private constructor(text: string, type?: { readonly value: string | undefined }) {
    this.#text = text;
    this.#type = type;
  }

  static ofEvent(event: PublishableEvent): Message {
    return new Message(JSON.stringify(event), { value: event.type });
  }

  static ofText(text: string): Message {
    return new Message(text);
  }

  /** The event's type, undefined when the text has none. */
  get type(): string | undefined {
    this.#type ??= { value: typeOf(this.#text) };
    return this.#type.value;
  }

  /** The SSE frame in an HTTP chunk of its own. */
  get sseChunk(): Buffer {
    this.#sseChunk ??= httpChunk(`data: ${this.#text}\n\n`);
    return this.#sseChunk;
  }

  get webSocketFrame(): Buffer {
    this.#webSocketFrame ??= textFrame(this.#text);
    return this.#webSocketFrame;
  }
}
