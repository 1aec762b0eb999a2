export { httpDefinition } from './definition.js';
export { HttpDestination } from './destination.js';
export type { Format } from './encode.js';
export type { HttpOptions, SignatureOptions } from './options.js';
