export { lokiDefinition } from './definition.js';
export { LokiDestination } from './destination.js';
export type { LokiOptions } from './options.js';
