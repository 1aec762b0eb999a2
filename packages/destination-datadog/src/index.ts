export { datadogDefinition } from './definition.js';
export { DatadogDestination } from './destination.js';
export type { DatadogOptions } from './options.js';
