import { defineDestination, type DestinationDefinition, type FileOptions } from '@grantex/core';
import { HttpDestination } from './destination.js';
import { HTTP_DEFAULTS, httpOptions, type HttpOptions } from './options.js';

/** For programs that make a destination of settings, such as the forwarder. */
export const httpDefinition: DestinationDefinition<FileOptions<HttpOptions>, HttpDestination> = defineDestination({
  type: HTTP_DEFAULTS.kind,
  options: httpOptions,
  create: (options) => new HttpDestination(options),
});
