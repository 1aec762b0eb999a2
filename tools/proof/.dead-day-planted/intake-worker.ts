// The Datadog-like intake, in a thread of its own: what it remembers must not count as memory of the forwarder.
import { datadogReceiver } from '@grantex/testing';
import { parentPort, workerData } from 'node:worker_threads';
import { numberOf } from './day-stream.ts';

/** What the main thread asks for. */
export type Question = 'down' | 'up' | 'report';

/** Events that are missing between two that came. */
export type Hole = readonly [firstMissing: number, lastMissing: number];

export interface IntakeReport {
  /** Events that can be searched for. */
  readonly indexed: number;
  /** The number of the last of them. */
  readonly last: number;
  /** Got a 202 and are in no index. */
  readonly droppedSilently: number;
  readonly holes: readonly Hole[];
  /** Came again, or after a later one. */
  readonly notInOrder: number;
}

const { time } = workerData as { readonly time: Float64Array };
const receiver = await datadogReceiver({ keepBodies: false, now: () => time[0] ?? 0 });

parentPort?.on('message', (question: Question) => void answer(question));
tell(receiver.url);

async function answer(question: Question): Promise<void> {
  if (question === 'down') await receiver.down();
  if (question === 'up') await receiver.up();
  tell(question === 'report' ? report() : question);
}

function tell(message: unknown): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread has no origin.
  parentPort?.postMessage(message);
}

function report(): IntakeReport {
  const holes: Hole[] = [];
  let last = 0;
  let notInOrder = 0;
  for (const id of receiver.ids) {
    const number = numberOf(id);
    if (number <= last) notInOrder++;
    else if (number > last + 1) holes.push([last + 1, number - 1]);
    last = Math.max(last, number);
  }
  const { length: droppedSilently } = receiver.silentlyDropped;
  return { indexed: receiver.ids.length, last, droppedSilently, holes, notInOrder };
}
