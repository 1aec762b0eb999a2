/** What HEC says in the body of an answer, as far as it says it. */
export interface HecReply {
  /** HEC's own code, from 0 to 28. */
  readonly code?: number;
  readonly text?: string;
  /** Which object of the body was refused, from 0. */
  readonly invalidEventNumber?: number;
  /** Under which number the request is acknowledged, in its channel. */
  readonly ackId?: number;
  /** Whether what was asked about is indexed, by its number. */
  readonly acks?: Readonly<Record<string, unknown>>;
}

/** Reads an answer's body; empty when it is none of HEC's, such as a page of a load balancer. */
export function readHecReply(text: string): HecReply {
  const body = parseObject(text);
  const { code, text: words, ackId, acks, 'invalid-event-number': invalidEventNumber } = body;
  return {
    ...(isCount(code) && { code }),
    ...(typeof words === 'string' && { text: words }),
    ...(isCount(invalidEventNumber) && { invalidEventNumber }),
    ...(isCount(ackId) && { ackId }),
    ...(typeof acks === 'object' && acks !== null && { acks: acks as Readonly<Record<string, unknown>> }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    // A page of HTML, plain text, or an answer that was cut off.
    return {};
  }
}
