import { defineDestination, type DestinationDefinition, type FileOptions } from '@grantex/core';
import { S3Destination } from './destination.js';
import { S3_DEFAULTS, s3Options, type S3Options } from './options.js';

/** For programs that make a destination of settings, such as the forwarder. */
export const s3Definition: DestinationDefinition<FileOptions<S3Options>, S3Destination> = defineDestination({
  type: S3_DEFAULTS.kind,
  options: s3Options,
  // A client that a program adds is an object to everybody but this package.
  create: (options) => new S3Destination(options as S3Options),
});
