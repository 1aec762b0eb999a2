import { defineDestination, type DestinationDefinition, type FileOptions } from '@grantex/core';
import { DatadogDestination } from './destination.js';
import { DATADOG_DEFAULTS, datadogOptions, type DatadogOptions } from './options.js';

/** For programs that make a destination of settings, such as the forwarder. */
export const datadogDefinition: DestinationDefinition<
  FileOptions<DatadogOptions>,
  DatadogDestination
> = defineDestination({
  type: DATADOG_DEFAULTS.kind,
  options: datadogOptions,
  create: (options) => new DatadogDestination(options),
});
