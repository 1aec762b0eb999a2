import { defineDestination, type DestinationDefinition, type FileOptions } from '@grantex/core';
import { LokiDestination } from './destination.js';
import { LOKI_DEFAULTS, lokiOptions, type LokiOptions } from './options.js';

/** For programs that make a destination of settings, such as the forwarder. */
export const lokiDefinition: DestinationDefinition<FileOptions<LokiOptions>, LokiDestination> = defineDestination({
  type: LOKI_DEFAULTS.kind,
  options: lokiOptions,
  create: (options) => new LokiDestination(options),
});
