import { HttpReceiver, type Answer, type HttpReceiverOptions, type ReceivedRequest } from '@grantex/testing';
import { idsIn } from './stored-events.js';

export const BUCKET = 'acme-audit';

const LISTING = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${BUCKET}</Name><Prefix></Prefix><KeyCount>0</KeyCount><MaxKeys>1</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>`;

/** An error as S3 words it. */
export function s3Error(status: number, code: string, message: string, headers: Record<string, string> = {}): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`;
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}

/** A receiver that keeps what is put into it, each key once: what the conditional PUT of S3 is about. */
export async function scriptedS3(options: HttpReceiverOptions = {}): Promise<HttpReceiver> {
  const receiver: HttpReceiver = await HttpReceiver.start({
    answer: (request) => answerAsS3(receiver, request),
    parse: eventIdsOf,
    ...options,
  });
  return receiver;
}

/** What S3 answers when all is well. */
export function answerAsS3(receiver: HttpReceiver, request: ReceivedRequest): Answer {
  if (request.method !== 'PUT') return { headers: { 'content-type': 'application/xml' }, body: LISTING };
  const isThere = receiver.accepted.some(({ method, path }) => method === 'PUT' && path === request.path);
  if (isThere && request.headers['if-none-match'] === '*') {
    return s3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
  return { headers: { etag: '"6805f2cfc46c0f04559748bb039d69ae"' } };
}

export function eventIdsOf({ method, path, raw }: ReceivedRequest): string[] {
  return method === 'PUT' ? idsIn(path, raw) : [];
}
