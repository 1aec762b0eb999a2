/**
 * The key under which a batching destination shows itself to the engine: a symbol of the registry, so that a destination
 * that was built with another copy of this package is recognised too.
 */
export const deliveryTarget: unique symbol = Symbol.for('grantex.delivery-target.1') as never;
