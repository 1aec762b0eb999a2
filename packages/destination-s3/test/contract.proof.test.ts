import { destinationContract, httpSubject } from '@grantex/testing';
import { beforeAll, expect, test } from 'vitest';
import { S3Destination } from '../src/index.js';
import { answerAsS3, BUCKET, eventIdsOf, s3Error, scriptedS3 } from './scripted-s3.js';

const SECRETS = ['AKIAIOSFODNN7EXAMPLE', 'a-secret-access-key-of-the-test', 'a-session-token-of-the-test'] as const;
const [accessKeyId, secretAccessKey, sessionToken] = SECRETS;

// Beforehand: the contract is impatient.
beforeAll(async () => void (await import('@aws-sdk/client-s3')));

const { leftOut } = destinationContract(
  test,
  async () => {
    const receiver = await scriptedS3();
    return httpSubject({
      receiver,
      secrets: SECRETS,
      idsOf: eventIdsOf,
      healthy: (request) => answerAsS3(receiver, request),
      destination: (options) =>
        new S3Destination({
          bucket: BUCKET,
          endpoint: receiver.url,
          accessKeyId,
          secretAccessKey,
          sessionToken,
          ...options,
        }),
      answers: {
        'too-large': () => s3Error(400, 'EntityTooLarge', `Your proposed upload is too large (${SECRETS.join(' ')})`),
      },
    });
  },
  // S3 does not look into an object, so that it never refuses an event for its content; and a name holds one object.
  { without: ['rejected', 'poison', 'reason', 'partial', 'repeats'] },
);

test('left out: only what needs a service that looks at events, or that keeps repeats', () => {
  const needs = new Set(leftOut.flatMap(({ without }) => without));
  expect(needs).toEqual(new Set(['rejected', 'poison', 'reason', 'partial', 'repeats']));
});
