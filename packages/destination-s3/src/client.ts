import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { HttpClient } from '@grantex/core';
import type { ResolvedS3Options } from './options.js';
import { RequestHandler } from './request-handler.js';
import { VERSION } from './version.js';

/** The SDK's client, without retries of its own. The SDK is loaded here: it is large, and not everybody who imports this package needs it. */
export async function openClient(options: ResolvedS3Options, http: HttpClient): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { region, endpoint, forcePathStyle, accessKeyId, secretAccessKey, sessionToken } = options;
  const config = {
    region,
    forcePathStyle,
    maxAttempts: 1,
    retryMode: 'standard',
    // Each upload says by itself whether it has a checksum.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: new RequestHandler(http),
    customUserAgent: [['grantex-destination-s3', VERSION] as [string, string]],
    // undici does not take the header Expect.
    expectContinueHeader: false,
    // Handed on to the default chain, which then reads its files each time a client is made: replaced keys are found.
    ignoreCache: true,
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
      }),
  } satisfies S3ClientConfig & { readonly ignoreCache: true };
  return new S3Client(config);
}
