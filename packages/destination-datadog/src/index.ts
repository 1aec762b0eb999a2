export { DatadogDestination } from './destination.js';
export type { DatadogOptions } from './options.js';
