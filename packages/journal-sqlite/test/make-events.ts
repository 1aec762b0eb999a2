import { EventRecord, type JournalObserver } from '@grantex/core';

export const SILENT: JournalObserver = { onOverrun: () => {}, onFilling: () => {} };

/** Records with the ids `e<from>` and on, each of about so many characters. */
export function makeRecords(from: number, count: number, characters = 300): EventRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `e${from + index}`;
    const data = { grantId: `${id}:`.padEnd(characters - 100, 'g') };
    return new EventRecord(id, JSON.stringify({ id, type: 'grant.created', createdAt: '2026-03-01T12:00:00Z', data }));
  });
}
