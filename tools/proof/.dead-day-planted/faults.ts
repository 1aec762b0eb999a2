import { numberOf } from './day-stream.ts';
import { megabytes, type DayOptions, type DayResult } from './day-run.ts';

/** Live memory may differ by so much, however large the backlog is. */
const MOST_GROWTH_BYTES = 64_000_000;
/** The journal and the intake remember so many ids: before they have come, or half a short day has passed, memory does grow. */
const REMEMBERED_IDS = 100_000;
/** Rows of receipts and cursors, and the inner pages of the tree. */
const DISK_TOLERANCE = 0.03;

/** What was promised and is not so. */
export function faultsOf(result: DayResult, options: DayOptions): readonly string[] {
  return [...countFaults(result, options), ...timeFaults(result, options), ...sizeFaults(result, options)];
}

function countFaults(result: DayResult, { group }: DayOptions): readonly string[] {
  const { published, intake, healthy, overrun, deadLetters, lost, healthyMostLag } = result;
  const told = result.overruns.reduce((sum, { count }) => sum + count, 0);
  const missing = intake.holes.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  return [
    ...unless(intake.notInOrder === 0, `Datadog has got ${intake.notInOrder} events again or out of order`),
    ...unless(intake.last === published, `the last event that Datadog has is ${intake.last} of ${published}`),
    ...unless(missing === overrun, `Datadog misses ${missing} events, and ${overrun} were told as overrun`),
    ...unless(told === overrun, `the records of the overruns tell ${told} events, the delivery ${overrun}`),
    ...result.overruns.flatMap(({ destination, firstId, lastId }) => [
      ...unless(destination === 'datadog', `${destination} was moved on`),
      ...unless(
        intake.holes.some(([first]) => first === numberOf(firstId)),
        `no hole begins at ${firstId}, the first event of an overrun`,
      ),
      ...unless(
        intake.holes.some(([, last]) => last === numberOf(lastId)),
        `no hole ends at ${lastId}, the last event of an overrun`,
      ),
    ]),
    ...unless(deadLetters === 0 && lost === 0, `${deadLetters} dead letters, ${lost} events lost in the journal`),
    ...unless(healthy.taken === published && healthy.notInOrder === 0, 'the healthy one has not got all, in order'),
    ...unless(healthyMostLag <= group, `the healthy one was ${healthyMostLag} events behind`),
  ];
}

function timeFaults({ datadog, intake, catchUpSeconds, full }: DayResult, options: DayOptions): readonly string[] {
  const { maxEventsPerSecond, batchSize, group, everyMs, mostBackoffMs } = options;
  // It begins when the last attempt's delay is over; what comes meanwhile has to be sent as well.
  const leastSeconds = full.lag / (maxEventsPerSecond - (group * 1_000) / everyMs);
  return [
    ...unless(intake.droppedSilently === 0, `Datadog has dropped ${intake.droppedSilently} events as too old`),
    ...unless(datadog.late > 0 && datadog.wronglyDated === 0, `${datadog.wronglyDated} events were dated wrongly`),
    ...unless(datadog.tooEarly === 0, `${datadog.tooEarly} requests came before the rate allowed them`),
    // A batch goes as a whole: the last one of a second reaches into the next one.
    ...unless(
      datadog.mostInSecond <= maxEventsPerSecond + batchSize,
      `${datadog.mostInSecond} events within a second, at a rate of ${maxEventsPerSecond}`,
    ),
    ...unless(
      catchUpSeconds <= leastSeconds * 1.05 + (mostBackoffMs + everyMs) / 1_000,
      `catching up took ${catchUpSeconds} s, and at this rate ${leastSeconds.toFixed(0)} s are enough`,
    ),
  ];
}

function sizeFaults(result: DayResult, { maxBytes }: DayOptions): readonly string[] {
  const { during, full, caughtUp, after, computedBytes, overrun } = result;
  const warm = Math.min(REMEMBERED_IDS, full.published / 2);
  const measured = [...during, full, caughtUp, after].filter(({ published }) => published >= warm);
  const live = measured.map(({ liveBytes }) => liveBytes);
  const growth = Math.max(...live) - (live[0] ?? Infinity);
  const ratio = full.journalBytes / computedBytes;
  return [
    ...unless(growth < MOST_GROWTH_BYTES, `live memory has grown by ${megabytes(growth)}`),
    ...unless(full.journalBytes <= maxBytes, `the journal took ${full.journalBytes} bytes of ${maxBytes}`),
    ...unless(
      overrun > 0 || Math.abs(ratio - 1) < DISK_TOLERANCE,
      `the journal took ${megabytes(full.journalBytes)}, computed were ${megabytes(computedBytes)}`,
    ),
    ...unless(
      overrun > 0 || after.fileBytes < full.fileBytes / 2,
      `the file still takes ${megabytes(after.fileBytes)}`,
    ),
  ];
}

function unless(holds: boolean, fault: string): readonly string[] {
  return holds ? [] : [fault];
}
