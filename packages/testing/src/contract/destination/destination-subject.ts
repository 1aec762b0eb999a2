import type { Clock, EventDestination, Logger, NewDeadLetter } from '@grantex/core';
import type { Fault } from './fault.js';

/**
 * A destination under test and the service behind it: a receiver with scripted answers, or the real server with something
 * before it that can play faults. Made afresh for each test and disposed of at its end.
 */
export interface DestinationSubject extends AsyncDisposable {
  /** Makes the destination, with these options. Called once. */
  destination(options: SubjectOptions): EventDestination | Promise<EventDestination>;
  /** The ids of the events that the service has stored, in the order in which it did, repeats included. */
  receivedIds(): readonly string[] | Promise<readonly string[]>;
  /** Every attempt to deliver a batch that came to the service or to what is before it, refused ones included, in order. */
  requests(): readonly DestinationRequest[];
  /** From now on every request meets this fault, and those before it no more, until `mend`. */
  fail(fault: Fault): void | Promise<void>;
  mend(): void | Promise<void>;
  /** Keys and passwords: the suite looks for them wherever they must not be. The faults should put them into the answers. */
  readonly secrets: readonly string[];
}

/** What came to the service. */
export interface DestinationRequest {
  /** The ids of its events, as far as they can be read. */
  readonly ids: readonly string[];
  /** The same for two requests whose bodies are the same to the byte; left out where nobody can tell. */
  readonly digest?: string;
}

/** Options as a `BatchingDestination` takes them, so that they can be spread. A plain destination takes those it has. */
export interface SubjectOptions {
  readonly name: string;
  readonly batchSize: number;
  readonly flushIntervalMs: number;
  readonly timeoutMs: number;
  readonly retry: {
    readonly initialMs: number;
    readonly maxMs: number;
    readonly holdMs: number;
    readonly maxHoldMs: number;
  };
  readonly onDeadLetter: (letter: NewDeadLetter) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Makes a subject. `clock` stands still unless the suite moves it; it is for what the service itself does with time. */
export type SubjectSetup = (context: { readonly clock: Clock }) => Promise<DestinationSubject>;
