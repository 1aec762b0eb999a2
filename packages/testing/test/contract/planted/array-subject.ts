import type { EventDestination } from '@grantex/core';
import { HttpReceiver, httpSubject, type DestinationSubject, type Fault, type SubjectOptions } from '@grantex/testing';
import type { ReceivedRequest } from '@grantex/testing';
import type { ArrayOptions, PartialAnswer } from './array-destination.js';

const KEY = 'key-that-nobody-may-see';

function idsOf({ body }: Pick<ReceivedRequest, 'body'>): string[] {
  return (JSON.parse(body.toString()) as { id: string }[]).map(({ id }) => id);
}

/** A receiver of JSON arrays of events, and a destination for it. */
export async function arraySubject(
  make: (options: ArrayOptions & SubjectOptions) => EventDestination,
): Promise<DestinationSubject> {
  let partial: PartialAnswer = { again: [], rejected: [] };
  const receiver = await HttpReceiver.start({
    parse: (request) =>
      request.method === 'GET'
        ? []
        : idsOf(request).filter((id) => !partial.again.includes(id) && !partial.rejected.includes(id)),
  });
  const subject = httpSubject({
    receiver,
    secrets: [KEY],
    idsOf,
    destination: (options) => make({ url: `${receiver.url}/events`, key: KEY, ...options }),
    answers: { partial: (fault) => ({ status: 207, body: JSON.stringify(fault) }) },
  });
  return {
    ...subject,
    fail(fault: Fault) {
      partial = fault.kind === 'partial' ? fault : { again: [], rejected: [] };
      return subject.fail(fault);
    },
    mend() {
      partial = { again: [], rejected: [] };
      return subject.mend();
    },
  };
}
