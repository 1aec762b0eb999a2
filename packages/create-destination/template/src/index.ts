export { acmeDefinition } from './definition.js';
export { AcmeDestination } from './destination.js';
export type { AcmeOptions } from './options.js';
