import { defineDestination, type DestinationDefinition, type FileOptions } from '@grantex/core';
import { BigQueryDestination } from './destination.js';
import { BIGQUERY_DEFAULTS, bigqueryOptions, type BigQueryOptions } from './options.js';

/** For programs that make a destination of settings, such as the forwarder. */
export const bigqueryDefinition: DestinationDefinition<
  FileOptions<BigQueryOptions>,
  BigQueryDestination
> = defineDestination({
  type: BIGQUERY_DEFAULTS.kind,
  options: bigqueryOptions,
  create: (options) => new BigQueryDestination(options as BigQueryOptions),
});
