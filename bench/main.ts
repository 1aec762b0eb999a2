/**
 * `pnpm bench [--events N] [--rounds N]`: processor time an event of the pipeline and of the floor, as ratios within one
 * run. Competitors take turns, each in a process of its own, because the machine is shared and noisy.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeEvents } from '@grantex/testing';
import type { Measured, Settings } from './settings.ts';

const COMPETITORS = ['floor without parsing', 'floor', 'pipeline'] as const;
interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly key: string;
}

type Competitor = (typeof COMPETITORS)[number];

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('pnpm bench [--events 200000] [--rounds 5]');
  process.exit(0);
}
const events = Number(values.events);
const rounds = Number(values.rounds);

function fileOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
}

async function startServer(name: string, ...args: string[]): Promise<Server> {
  const child = fork(fileOf(name), args);
  const [{ url, key = '' }] = (await once(child, 'message')) as [{ url: string; key?: string }];
  return { child, url, key };
}

async function run(competitor: Competitor, settings: Omit<Settings, 'parses'>): Promise<Measured> {
  const parses = competitor !== 'floor without parsing';
  const file = fileOf(competitor === 'pipeline' ? 'pipeline' : 'floor');
  const child = spawn(process.execPath, [file, JSON.stringify({ ...settings, parses })], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 120_000,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${competitor} ended with ${code}`);
  return JSON.parse(output) as Measured;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** Microseconds of processor time for one `JSON.parse` of an event's text, as it is cut from the stream: never seen before. */
function measureParse(): number {
  const bytes = Buffer.from(
    makeEvents(20_000)
      .map((event) => JSON.stringify(event))
      .join('\n'),
  );
  const samples = Array.from({ length: 15 }, () => {
    const texts = bytes.toString('utf8').split('\n');
    const parsed: unknown[] = [];
    const before = process.cpuUsage();
    for (const text of texts) parsed.push(JSON.parse(text));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / parsed.length;
  });
  return median(samples.slice(5));
}

const eventServer = await startServer('event-server', String(events));
const receiver = await startServer('receiver');
console.log(`${events.toLocaleString('en')} events, one a chunk, ${rounds} rounds, medians (least to most)\n`);
console.log(`JSON.parse alone, in a tight loop: ${measureParse().toFixed(2)} µs an event\n`);
console.log('| batch | competitor | processor µs an event | events/s | peak MB | × floor |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const batchSize of [1_000, 100]) {
  const settings = {
    streamUrl: eventServer.url,
    streamKey: eventServer.key,
    receiverUrl: receiver.url,
    events,
    batchSize,
  };
  const results: Record<Competitor, Measured[]> = { 'floor without parsing': [], floor: [], pipeline: [] };
  // The first round warms up the servers and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const competitor of COMPETITORS) {
      const measured = await run(competitor, settings);
      if (round > 0) results[competitor].push(measured);
    }
  }
  const floorCpu = median(results.floor.map(({ cpuMicros }) => cpuMicros));
  for (const competitor of COMPETITORS) {
    const cpu = results[competitor].map(({ cpuMicros }) => cpuMicros);
    const speed = median(results[competitor].map(({ eventsPerSecond }) => eventsPerSecond));
    const peak = median(results[competitor].map(({ peakMegabytes }) => peakMegabytes));
    const spread = `${Math.min(...cpu).toFixed(1)} to ${Math.max(...cpu).toFixed(1)}`;
    console.log(
      `| ${batchSize} | ${competitor} | ${median(cpu).toFixed(1)} (${spread}) | ${Math.round(speed).toLocaleString('en')} | ${Math.round(peak)} | ${(median(cpu) / floorCpu).toFixed(2)} |`,
    );
  }
}
eventServer.child.kill();
receiver.child.kill();
