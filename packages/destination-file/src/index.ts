export { fileDefinition } from './definition.js';
export { FileDestination } from './destination.js';
export type { FileDestinationOptions } from './options.js';
