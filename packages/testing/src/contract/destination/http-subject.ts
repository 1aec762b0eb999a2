import type { EventDestination } from '@grantex/core';
import type { Answer, AnswerRule } from '../../http-receiver/answer.js';
import type { HttpReceiver } from '../../http-receiver/http-receiver.js';
import type { ReceivedRequest } from '../../http-receiver/received-request.js';
import type { DestinationRequest, DestinationSubject, SubjectOptions } from './destination-subject.js';
import type { Fault, FaultKind } from './fault.js';

/** What {@link httpSubject} makes a subject of. */
export interface HttpSubjectParts {
  /** With a `parse` of its own. It is closed with the subject. */
  readonly receiver: HttpReceiver;
  /** Makes the destination, pointed at the receiver. */
  readonly destination: (options: SubjectOptions) => EventDestination;
  /** The ids of the events in a request, whether it is accepted or not. */
  readonly idsOf: (request: ReceivedRequest) => readonly string[];
  /** Whether the request delivers events; others (of `check()`) are no attempts. @defaultValue every POST and PUT */
  readonly isDelivery?: (request: ReceivedRequest) => boolean;
  readonly secrets: readonly string[];
  /** What the receiver answers when all is well. @defaultValue 200 without a body */
  readonly healthy?: AnswerRule;
  /** How this service refuses, where it is not as usual: 503, 403, 429, 413, 400. */
  readonly answers?: Partial<Record<FaultKind, (fault: Fault, request: ReceivedRequest) => Answer>>;
}

/**
 * The subject of a destination that speaks HTTP, with an {@link HttpReceiver} as its service. Its refusals have the secrets
 * in their bodies, as those of some proxies do. It has no partial answers, unless `answers` says how they look.
 */
export function httpSubject(parts: HttpSubjectParts): DestinationSubject {
  const { receiver, secrets, idsOf, healthy = () => ({}) } = parts;
  const isDelivery = parts.isDelivery ?? (({ method }) => method === 'POST' || method === 'PUT');
  const seen = new WeakMap<ReceivedRequest, DestinationRequest>();

  function mend(): void {
    receiver.answer(healthy);
  }

  function describe(request: ReceivedRequest): DestinationRequest {
    let described = seen.get(request);
    if (described === undefined) seen.set(request, (described = { ids: idsOf(request), digest: request.digest }));
    return described;
  }

  mend();
  return {
    secrets,
    destination: parts.destination,
    receivedIds: () => receiver.ids,
    requests: () => receiver.requests.filter((request) => isDelivery(request)).map(describe),
    fail(fault) {
      receiver.answer((request) => {
        const ids = isDelivery(request) ? idsOf(request) : [];
        if (!concerns(fault, ids)) return healthy(request);
        return parts.answers?.[fault.kind]?.(fault, request) ?? usualAnswer(fault, secrets);
      });
    },
    mend,
    [Symbol.asyncDispose]: () => receiver.close(),
  };
}

/** Whether a request with these events meets the fault. */
function concerns(fault: Fault, ids: readonly string[]): boolean {
  if (fault.kind === 'poison') return ids.includes(fault.id);
  if (fault.kind === 'too-large') return ids.length > fault.maxEvents;
  if (fault.kind === 'partial') return ids.some((id) => fault.again.includes(id) || fault.rejected.includes(id));
  return true;
}

function usualAnswer(fault: Fault, secrets: readonly string[]): Answer {
  const body = `you sent ${secrets.join(' and ')}`;
  switch (fault.kind) {
    case 'temporary':
      return { status: 503, body };
    case 'network':
      return { reset: 'before' };
    case 'answer-lost':
      return { dropAnswer: true };
    case 'hang':
      return { hang: true };
    case 'throttled':
      return { status: 429, retryAfter: fault.retryAfterSeconds, body };
    case 'unauthorized':
      return { status: 403, body };
    case 'too-large':
      return { status: 413, body };
    case 'rejected':
      return { status: 400, body };
    case 'poison':
      return { status: 400, body: fault.reason };
    case 'partial':
      throw new Error("this service has no partial answers; say so with without: ['partial']");
  }
}
