import type { DeliveryTarget } from '../delivery/target.js';
import { deliveryTarget } from './delivery-target.js';
import type { EventDestination } from './destination.js';
import { plainTarget } from './plain-target.js';

/** The destination as the delivery sees it, whether it batches by itself or is a class of the user's own. */
export function targetOf(destination: EventDestination): DeliveryTarget<unknown> {
  const show: unknown = (destination as { [deliveryTarget]?: unknown })[deliveryTarget];
  if (typeof show !== 'function') return plainTarget(destination);
  return show.call(destination) as DeliveryTarget<unknown>;
}
