import { defineDestination, type DestinationDefinition, type FileOptions } from '@grantex/core';
import { FileDestination } from './destination.js';
import { FILE_DEFAULTS, fileOptions, type FileDestinationOptions } from './options.js';

/** For programs that make a destination of settings, such as the forwarder. */
export const fileDefinition: DestinationDefinition<
  FileOptions<FileDestinationOptions>,
  FileDestination
> = defineDestination({
  type: FILE_DEFAULTS.kind,
  options: fileOptions,
  create: (options) => new FileDestination(options),
});
