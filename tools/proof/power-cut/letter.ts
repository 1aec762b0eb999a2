import type { NewDeadLetter } from '@grantex/core';

/** The dead letter of an event that the script gives up. */
export function givenUpLetter(destination: string, position: number, text: string): NewDeadLetter {
  const reason = 'given up by the script';
  return {
    destination,
    eventId: `e${position}`,
    text,
    code: 'DEST_REJECTED',
    reason,
    attempts: 2,
    firstAt: 1,
    lastAt: 2,
  };
}
