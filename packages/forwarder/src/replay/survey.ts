import type { GrantexEvent } from '@grantex/core';
import { InputReader, type Notice } from './input-reader.js';
import type { Input } from './inputs.js';
import { readStoredEvent } from './stored-event.js';

/** Types come from outside; so many are told apart. */
const MAX_TYPES = 1_000;

/** What a replay would send. The names are those of the JSON. */
export interface Survey {
  readonly files: number;
  readonly events: number;
  readonly not_events: number;
  /** Events that would not be sent. */
  readonly passed_over: number;
  readonly unreadable_files: number;
  /** Of the events that would be sent; null when there are none. */
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Events by type, the most frequent first. */
  readonly types: Readonly<Record<string, number>>;
}

/** Counts what would be sent, and sends nothing. Ends early when the signal aborts. */
export async function survey(
  inputs: readonly Input[],
  options: {
    readonly isChosen: (event: GrantexEvent) => boolean;
    readonly signal: AbortSignal;
    readonly onNotice: (notice: Notice) => void;
    readonly onProgress: (bytesRead: number, lines: number) => void;
  },
): Promise<Survey> {
  const { isChosen, signal, onNotice, onProgress } = options;
  const reader = new InputReader({ signal, onNotice });
  const types = new Map<string, number>();
  let [events, notEvents, passedOver] = [0, 0, 0];
  let [oldest, newest] = [Infinity, -Infinity];
  for (const input of inputs) {
    for await (const lines of reader.read(input, undefined)) {
      for (const { number, text } of lines) {
        if (text?.trim() === '') continue;
        const read = text === undefined ? { reason: 'longer than 8 MiB' } : readStoredEvent(text);
        if ('reason' in read) {
          notEvents++;
          onNotice({ file: input.name, line: number, what: `not an event: ${read.reason}` });
        } else if (isChosen(read.event)) {
          events++;
          const { type } = read.event;
          const name = types.has(type) || types.size < MAX_TYPES ? type : '(others)';
          types.set(name, (types.get(name) ?? 0) + 1);
          const time = Date.parse(read.event.createdAt);
          if (time < oldest) oldest = time;
          if (time > newest) newest = time;
        } else {
          passedOver++;
        }
      }
      onProgress(reader.bytesRead, events + notEvents + passedOver);
    }
  }
  return {
    files: inputs.length,
    events,
    not_events: notEvents,
    passed_over: passedOver,
    unreadable_files: reader.unreadableFiles,
    oldest: timeText(oldest),
    newest: timeText(newest),
    types: Object.fromEntries([...types].toSorted(([, one], [, other]) => other - one)),
  };
}

function timeText(time: number): string | null {
  return Number.isFinite(time) ? new Date(time).toISOString() : null;
}
