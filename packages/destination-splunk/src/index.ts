export { splunkDefinition } from './definition.js';
export { SplunkDestination } from './destination.js';
export type { SplunkOptions } from './options.js';
