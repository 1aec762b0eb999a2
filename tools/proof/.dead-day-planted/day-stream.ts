import type { Dispatcher } from '@grantex/core';
import { makeEvents } from '@grantex/testing';

/** So many events with different contents; then the contents come again, with new ids and times. */
const CONTENTS = 500;
const ID_DIGITS = 26;

/** The event's place in the stream, from its id: 1 for the first. */
export function numberOf(id: string): number {
  return Number(id.slice('evt_'.length));
}

export interface Published {
  readonly id: string;
  readonly text: string;
}

/**
 * An event stream without sockets, so that a day of it takes minutes: one connection, over which every piece of network
 * data is a group of events, as the intake would get it.
 */
export class DayStream {
  readonly #contents = makeEvents(CONTENTS).map(({ type, data }) => `"data":${JSON.stringify(data)},"type":"${type}"}`);
  #connection: Dispatcher.DispatchHandler | undefined;
  #published = 0;

  /** Events so far. */
  get published(): number {
    return this.#published;
  }

  get dispatcher(): Dispatcher {
    const dispatcher = {
      dispatch: (_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean => {
        this.#connection = handler;
        handler.onRequestStart?.(CONTROLLER, undefined);
        handler.onResponseStart?.(CONTROLLER, 200, { 'content-type': 'text/event-stream' }, 'OK');
        return true;
      },
    };
    return dispatcher as unknown as Dispatcher; // The stream asks a dispatcher for nothing else.
  }

  /** Publishes the next events, dated `now`, in one piece of network data. */
  publish(count: number, now: number): readonly Published[] {
    const createdAt = new Date(now).toISOString();
    const events = Array.from({ length: count }, () => this.#next(createdAt));
    const frames = events.map(({ text }) => `data: ${text}\n\n`).join('');
    this.#connection?.onResponseData?.(CONTROLLER, Buffer.from(frames));
    return events;
  }

  #next(createdAt: string): Published {
    const number = ++this.#published;
    const id = `evt_${String(number).padStart(ID_DIGITS, '0')}`;
    return { id, text: `{"id":"${id}","createdAt":"${createdAt}",${this.#contents[number % CONTENTS]}` };
  }
}

/** The connection never breaks, and the journal never makes it wait. */
const CONTROLLER: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => {},
  pause: () => {},
  resume: () => {},
};
