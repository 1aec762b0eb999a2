import type { Overrun } from '@grantex/core';
import type { JournalReader } from '@grantex/journal-sqlite';
import { isBetween, timeOfEventId } from './event-id.js';

/** Events come nearly in the order of their ids: so much out of it is looked at. Milliseconds. */
const DISORDER_MS = 60_000;
/** How an event is named in an overrun when its id was not known any more. */
const POSITION = /^position (\d+)$/;

/** The overrun that an event was part of. `position` is undefined when only its id is known. */
export function overrunOf(
  reader: JournalReader,
  overruns: readonly Overrun[],
  { id, position }: { readonly id: string; readonly position: number | undefined },
): Overrun | undefined {
  return overruns.findLast((overrun) => {
    const { firstId, lastId } = overrun;
    if (id === firstId || id === lastId) return true;
    if (!mayHold(overrun, id)) return false;
    if (position === undefined) return isBetween(id, firstId, lastId);
    const [first, last] = [positionOf(reader, firstId), positionOf(reader, lastId)];
    if (first === undefined || last === undefined) return isBetween(id, firstId, lastId);
    return first <= position && position <= last;
  });
}

/** Whether the times allow it: positions take a search in the journal. */
function mayHold({ firstId, lastId }: Overrun, id: string): boolean {
  const [time, first, last] = [timeOfEventId(id), timeOfEventId(firstId), timeOfEventId(lastId)];
  if (time === undefined) return true;
  return (first ?? -Infinity) - DISORDER_MS <= time && time <= (last ?? Infinity) + DISORDER_MS;
}

function positionOf(reader: JournalReader, id: string): number | undefined {
  const written = POSITION.exec(id)?.[1];
  if (written !== undefined) return Number(written);
  return (reader.find(id) ?? reader.findEarlier(id))?.position;
}
