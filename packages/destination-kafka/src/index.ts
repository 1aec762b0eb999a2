export { kafkaDefinition } from './definition.js';
export { KafkaDestination } from './destination.js';
export type { Format } from './encode.js';
export type { KafkaOptions, SaslOptions } from './options.js';
