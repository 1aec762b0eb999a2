export { bigqueryDefinition } from './definition.js';
export { BigQueryDestination } from './destination.js';
export type { BigQueryOptions, Mode as BigQueryMode } from './options.js';
