import { silentLogger, type CheckResult, type EventDestination } from '@grantex/core';
import type { DestinationSettings } from '../settings/settings.js';

interface Checkable {
  check(): Promise<CheckResult>;
}

function isCheckable(destination: object): destination is Checkable {
  return 'check' in destination && typeof destination.check === 'function';
}

/** Asks the service whether it knows us; undefined when this destination cannot be asked. Never rejects. */
export async function checkDestination(settings: DestinationSettings): Promise<CheckResult | undefined> {
  let destination: EventDestination | undefined;
  try {
    destination = settings.definition.from(settings.options, { logger: silentLogger });
    return isCheckable(destination) ? await destination.check() : undefined;
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    await destination?.close().catch(() => {}); // What was asked has been answered.
  }
}
