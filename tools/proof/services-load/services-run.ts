import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ForwarderStatus } from '../../../packages/forwarder/src/watching/status.ts';
import type { Verdict } from '../crash/verdict.ts';
import { SERVICE_OF, type DestinationName, type DestinationUnderLoad } from './destination-under-load.ts';
import { ForwarderProgram } from './forwarder-program.ts';
import { faultsOfLog } from './log-story.ts';
import { PublisherProcess } from './publisher-process.ts';
import { SOURCE } from './reading.ts';
import { AwayService } from './service-control.ts';
import { datadogUnderLoad } from './services/datadog.ts';
import { kafkaUnderLoad } from './services/kafka.ts';
import { lokiUnderLoad } from './services/loki.ts';
import { s3UnderLoad } from './services/s3.ts';
import { Stock } from './stock.ts';
import { disturbances, phaseLine } from './undisturbed.ts';
import { Watch } from './watch.ts';

export interface ServicesLoadOptions {
  /** For which events are published. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Whose service is stopped, when three tenths of the time are over. */
  readonly stopped: DestinationName;
  readonly stopSeconds: number;
  readonly seed: number;
  readonly onProgress: (line: string) => void;
}

/** First requests and first compilations are no measure. */
const WARM_UP_MS = 3_000;
const STOP_AFTER = 0.3;
/** For the rest to be delivered; the service that was away gets its time again. */
const CATCH_UP_MS = 60_000;
/** Around the time of publication, which is told by another process. */
const MARGIN_MS = 2_000;
const LONGEST_TOP_MS = 10_000;
const MEGABYTE = 1_000_000;

/** Publishes into four services, stops one of them for a while, and asks all of them what they have. */
export async function runServicesLoad(options: ServicesLoadOptions): Promise<Verdict> {
  const { seconds, eventsPerSecond, stopped, stopSeconds, seed, onProgress } = options;
  const run = `load-${randomUUID()}`;
  const folder = await mkdtemp(join(tmpdir(), 'grantex-services-'));
  await using ends = new AsyncDisposableStack();
  ends.defer(() => rm(folder, { recursive: true, force: true }));

  const destinations = [datadogUnderLoad(run), lokiUnderLoad(run), s3UnderLoad(run), await kafkaUnderLoad(run)];
  ends.defer(() => discard(destinations));
  const publisher = ends.use(await PublisherProcess.start(eventsPerSecond, seed));
  const program = ends.use(
    await ForwarderProgram.start(folder, {
      sources: { [SOURCE]: { url: publisher.url, apiKey: publisher.key } },
      destinations: Object.fromEntries(destinations.map(({ name, settings }) => [name, { type: name, ...settings }])),
    }),
  );

  const begunAt = performance.now();
  const watch = new Watch({
    program,
    destinations: destinations.map(({ name }) => name),
    stopped,
    topMs: Math.min(LONGEST_TOP_MS, (stopSeconds * 1_000) / 3),
    onLook: (source) => onProgress(progressLine(performance.now() - begunAt, publisher.published, source)),
  });
  await publisher.publish();
  await sleep(WARM_UP_MS);
  watch.phase = 'before';
  await sleep(Math.max(seconds * 1_000 * STOP_AFTER - WARM_UP_MS, 0));

  watch.phase = 'during';
  const stoppedAt = Date.now();
  onProgress(`        ${SERVICE_OF[stopped]} is stopped`);
  // Whatever happens meanwhile: it is not left behind stopped.
  const back = ends.use(new AwayService(SERVICE_OF[stopped]));
  await back.takeAway();
  await sleep(stopSeconds * 1_000 - (Date.now() - stoppedAt));
  await back.bringBack();
  const backAt = Date.now();
  onProgress(`        ${SERVICE_OF[stopped]} is back`);
  watch.phase = 'after';
  const caughtUp = watch
    .until(() => isCaughtUp(watch, stopped, eventsPerSecond), seconds * 1_000 + CATCH_UP_MS)
    .then((is) => (is ? (Date.now() - backAt) / 1_000 : undefined));
  await sleep(Math.max(publisher.startedAt + seconds * 1_000 - Date.now(), 0));

  const published = await publisher.end();
  watch.phase = undefined;
  const nothingWaits = (): boolean => destinations.every(({ name }) => watch.destination(name)?.waiting === 0);
  const isReceived = (): boolean => watch.status?.sources[SOURCE]?.received === published;
  const isSettled = await watch.until(() => isReceived() && nothingWaits(), CATCH_UP_MS + stopSeconds * 1_000);
  const catchUpSeconds = isSettled ? await caughtUp : undefined;
  await watch.end();
  const code = await program.terminate();
  const log = await program.log();

  const faults: string[] = [...watch.faults];
  if (!isSettled) faults.push(`not everything was delivered in time: ${JSON.stringify(watch.status?.sources[SOURCE])}`);
  if (code !== 0) faults.push(`the forwarder ended with ${code}`);
  for (const teller of watch.silentAboutTrouble) faults.push(`${teller}: ${stopped} was never seen retrying`);
  faults.push(...faultsOfLog(log, { destination: stopped, stoppedAt, backAt, codes: watch.errorCodes }));

  const publishedSeconds = (publisher.endedAt - publisher.startedAt) / 1_000;
  const report = [
    `${published} events published in ${publishedSeconds.toFixed(0)} s: ${Math.round(published / publishedSeconds)} a second`,
  ];
  const time = { from: publisher.startedAt - MARGIN_MS, to: publisher.endedAt + MARGIN_MS, eventsPerSecond };
  for (const destination of destinations) {
    const { name, batchSize } = destination;
    const readAt = performance.now();
    const stock = new Stock(published);
    for await (const part of destination.stored(time)) stock.add(part);
    const figures = watch.destination(name);
    const retries = figures?.retries ?? 0;
    const isStopped = name === stopped;
    report.push(
      `${name}: ${stock.stored} delivered, ${stock.missing} missing, ${repeatsLine(stock, stoppedAt)}, ` +
        `${stock.showsOrder ? `${stock.outOfOrder} out of order, ` : ''}${figures?.requests ?? 0} requests, ${retries} retries` +
        ` (read back in ${((performance.now() - readAt) / 1_000).toFixed(0)} s)`,
      ...phaseLine(watch, name),
    );
    faults.push(...faultsOfStock(name, stock));
    // A repeat is a batch that was stored, and whose answer did not come: there was a retry for each, and it was before.
    const explained = isStopped ? retries * batchSize : 0;
    if (stock.repeats > explained || (stock.repeats > 0 && stock.repeatsTo > backAt)) {
      faults.push(`${name}: ${repeatsLine(stock, stoppedAt)}, and no lost answer explains them`);
    }
    if (!isStopped) faults.push(...disturbances(watch, destination, { stopped, eventsPerSecond }));
  }
  const told = log.filter(({ msg, level }) => level !== 'info' || msg.includes('delivering again'));
  report.push(
    `${stopped} was away for ${((backAt - stoppedAt) / 1_000).toFixed(0)} s, ` +
      `and had caught up ${catchUpSeconds === undefined ? 'never' : `${catchUpSeconds.toFixed(0)} s later`}; ` +
      `last_error: ${[...watch.errorCodes].join(', ')}`,
    ...told.map(({ time: at, level, msg }) => `  log: ${at} ${level} ${msg}`),
    `${watch.metricsLooks} looks at /status and /metrics, ${watch.topLooks} with top`,
    `forwarder: ${Math.round(watch.mostRssBytes / MEGABYTE)} MB of memory at most, journal ` +
      `${Math.round(watch.mostJournalBytes / MEGABYTE)} MB at most, ` +
      `${((watch.cpuSeconds * 1_000) / published).toFixed(2)} s of processor time for 1,000 events to each of the four`,
  );
  return { report, faults };
}

/** As near as the others always are: a second's worth waits. */
function isCaughtUp(watch: Watch, name: DestinationName, eventsPerSecond: number): boolean {
  return (watch.destination(name)?.waiting ?? Infinity) <= eventsPerSecond;
}

function faultsOfStock(name: string, stock: Stock): readonly string[] {
  const faults: string[] = [];
  if (stock.missing > 0) {
    faults.push(`${name}: ${stock.missing} events are missing; the first: ${stock.missingExamples.join(', ')}`);
  }
  if (stock.foreign.length > 0) faults.push(`${name}: nobody published ${stock.foreign.join(', ')}`);
  if (stock.outOfOrder > 0) faults.push(`${name}: ${stock.outOfOrder} events lie behind a later one`);
  return faults;
}

function repeatsLine({ repeats, repeatsFrom, repeatsTo }: Stock, stoppedAt: number): string {
  if (repeats === 0) return '0 repeats';
  const seconds = (at: number): string => `${at < stoppedAt ? '' : '+'}${((at - stoppedAt) / 1_000).toFixed(1)} s`;
  return `${repeats} repeats, published ${seconds(repeatsFrom)} to ${seconds(repeatsTo)} from the stop`;
}

function progressLine(
  elapsedMs: number,
  published: number,
  source: NonNullable<ForwarderStatus['sources'][string]>,
): string {
  const each = Object.entries(source.destinations).map(
    ([name, { state, waiting, oldest_waiting_seconds: oldest }]) =>
      `${name} ${state === 'delivering' ? '' : `${state} `}${waiting} (${oldest.toFixed(1)} s)`,
  );
  return `${String(Math.round(elapsedMs / 1_000)).padStart(4)} s  ${published} published, waiting: ${each.join(', ')}`;
}

async function discard(destinations: readonly DestinationUnderLoad[]): Promise<void> {
  for (const destination of destinations) {
    await destination.discard().catch((error: unknown) => {
      console.error(`${destination.name}: what was stored stays: ${String(error)}`);
    });
  }
}
