import type { ServiceName } from '../../../services/address.ts';

/** The address of a service that has to run. */
export function addressOf<Address>(name: ServiceName, address: Address | undefined): Address {
  if (address === undefined) throw new Error(`${name} does not run; start it with: pnpm services up ${name}`);
  return address;
}
