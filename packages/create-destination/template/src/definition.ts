import { defineDestination, type DestinationDefinition, type FileOptions } from '@grantex/core';
import { AcmeDestination } from './destination.js';
import { ACME_DEFAULTS, acmeOptions, type AcmeOptions } from './options.js';

/** For programs that make a destination of settings, such as the forwarder. It finds this export, whatever its name. */
export const acmeDefinition: DestinationDefinition<FileOptions<AcmeOptions>, AcmeDestination> = defineDestination({
  type: ACME_DEFAULTS.kind,
  options: acmeOptions,
  create: (options) => new AcmeDestination(options),
});
