import { EventRecord } from '@grantex/core';

/** About what an event of the stream takes: 320 characters. */
const FILLER = 'g'.repeat(210);

/** Records with ids that never come again, as the intake makes them. */
export class RecordMaker {
  #made = 0;

  next(count: number): EventRecord[] {
    return Array.from({ length: count }, () => {
      const id = `evt_${String(++this.#made).padStart(26, '0')}`;
      const createdAt = '2026-03-01T12:00:00.000Z';
      return new EventRecord(
        id,
        `{"id":"${id}","type":"grant.created","createdAt":"${createdAt}","data":{"grantId":"${FILLER}"}}`,
      );
    });
  }
}
