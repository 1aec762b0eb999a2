import { randomUUID } from 'node:crypto';
import {
  DestinationError,
  silentLogger,
  type EventDestination,
  type GrantexEvent,
  type TestResult,
} from '@grantex/core';
import type { DestinationSettings } from '../settings/settings.js';

/** A destination of somebody else may wait for ever. */
const PLAIN_TIMEOUT_MS = 60_000;

interface Testable {
  sendTest(): Promise<TestResult>;
}

function isTestable(destination: object): destination is Testable {
  return 'sendTest' in destination && typeof destination.sendTest === 'function';
}

/** Sends one synthetic event, in one attempt, past filter and transform. Never rejects. */
export async function sendTestEvent(
  settings: DestinationSettings,
): Promise<Omit<TestResult, 'eventId'> & { eventId?: string }> {
  let destination: EventDestination | undefined;
  try {
    destination = settings.definition.from(settings.options, { logger: silentLogger });
    return isTestable(destination) ? await destination.sendTest() : await sendPlainly(destination);
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    const statusCode = error instanceof DestinationError ? error.statusCode : undefined;
    return { ok: false, message, ...(statusCode !== undefined && { statusCode }) };
  } finally {
    await destination?.close().catch(() => {}); // What came of the event is known.
  }
}

/** For a destination that has no more than the contract. */
async function sendPlainly(destination: EventDestination): Promise<TestResult> {
  const event = {
    id: `evt_test_${randomUUID()}`,
    type: 'grantex.test',
    createdAt: new Date().toISOString(),
    data: { message: 'A test event, sent to see whether this destination works.' },
  } as unknown as GrantexEvent; // A type that the catalogue does not have.
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${PLAIN_TIMEOUT_MS} ms`)), PLAIN_TIMEOUT_MS);
  try {
    await Promise.race([destination.send([event]).then(() => destination.flush()), late]);
  } finally {
    clearTimeout(timer);
  }
  return { ok: true, message: 'accepted', eventId: event.id };
}
