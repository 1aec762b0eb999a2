import { defineDestination, type DestinationDefinition, type FileOptions } from '@grantex/core';
import { KafkaDestination } from './destination.js';
import { KAFKA_DEFAULTS, kafkaOptions, type KafkaOptions } from './options.js';

/** For programs that make a destination of settings, such as the forwarder. */
export const kafkaDefinition: DestinationDefinition<FileOptions<KafkaOptions>, KafkaDestination> = defineDestination({
  type: KAFKA_DEFAULTS.kind,
  options: kafkaOptions,
  create: (options) => new KafkaDestination(options),
});
