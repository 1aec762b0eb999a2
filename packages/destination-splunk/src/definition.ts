import { defineDestination, type DestinationDefinition, type FileOptions } from '@grantex/core';
import { SplunkDestination } from './destination.js';
import { SPLUNK_DEFAULTS, splunkOptions, type SplunkOptions } from './options.js';

/** For programs that make a destination of settings, such as the forwarder. */
export const splunkDefinition: DestinationDefinition<FileOptions<SplunkOptions>, SplunkDestination> = defineDestination(
  {
    type: SPLUNK_DEFAULTS.kind,
    options: splunkOptions,
    create: (options) => new SplunkDestination(options),
  },
);
