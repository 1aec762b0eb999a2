import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makeEvents } from '@grantex/testing';
import { expect, test, vi } from 'vitest';
import { FileDestination } from '../src/index.js';
import type { OutputReport, OutputSettings } from './output-program.js';
import { Folder, idsIn, idsOf, recordingLogger } from './rig.js';
import { SmallDisk } from './small-disk.js';

/** The program in a process of its own. */
class OutputProgram implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly logged: string[] = [];
  ticks = 0;
  isFlushed = false;
  isOver = false;

  /** `output`: a file descriptor in place of a pipe. */
  constructor(settings: OutputSettings, output: number | 'pipe' = 'pipe') {
    this.child = fork(join(import.meta.dirname, 'output-program.ts'), [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ['ignore', output, 'inherit', 'ipc'],
    });
    this.child.on('exit', () => (this.isOver = true));
    this.child.on('message', (report: OutputReport) => {
      if (report.kind === 'log') this.logged.push(report.line);
      else if (report.kind === 'tick') this.ticks++;
      else this.isFlushed = true;
    });
  }

  get output(): NonNullable<ChildProcess['stdout']> {
    const { stdout } = this.child;
    if (stdout === null) throw new Error('the output goes elsewhere');
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await vi.waitUntil(() => this.isOver, 5_000);
  }
}

const COUNT = 3_000;
const IDS = idsOf(makeEvents(COUNT));

async function until(holds: () => boolean): Promise<void> {
  await vi.waitUntil(holds, { timeout: 4_000, interval: 5 });
}

test('each event is a line, in order, and once', async () => {
  await using program = new OutputProgram({ count: COUNT, batchSize: 100 });
  const output = text(program.output);
  await until(() => program.isFlushed);
  program.child.disconnect();
  expect(idsIn(await output)).toEqual(IDS);
  expect(program.logged).toEqual([]);
});

test('a reader that is slow: the delivery waits, the program does not, and no line comes twice', async () => {
  await using program = new OutputProgram({ count: COUNT, batchSize: 1_000 });
  // Nobody reads for longer than some attempts may take.
  await until(() => program.logged.length > 0);
  const { ticks } = program;
  await until(() => program.ticks > ticks + 5);
  expect(program.isFlushed).toBe(false);
  expect(program.logged).toEqual([
    expect.stringMatching(/^file: trying again, nothing is lost\. no answer within 200 ms/),
  ]);
  const output = text(program.output);
  await until(() => program.isFlushed);
  program.child.disconnect();
  expect(idsIn(await output)).toEqual(IDS);
});

test('a reader that has gone: the delivery holds and says so, and the program goes on', async () => {
  await using program = new OutputProgram({ count: COUNT, batchSize: 100 });
  program.output.destroy();
  await until(() => program.logged.length > 0);
  const { ticks } = program;
  await until(() => program.ticks > ticks + 10);
  expect(program.logged).toEqual([
    'file: holding, nothing is lost. the standard output cannot be written (EPIPE): whoever read it has ended, and it cannot be opened again: start this program anew, with a reader',
  ]);
  expect([program.isFlushed, program.isOver]).toEqual([false, false]);
});

test('redirected to a file', async () => {
  using folder = new Folder();
  const file = openSync(folder.file, 'w');
  await using program = new OutputProgram({ count: COUNT, batchSize: 100 }, file);
  closeSync(file);
  await until(() => program.isFlushed);
  expect(idsIn(folder.read())).toEqual(IDS);
});

test('redirected to a disk that becomes full: no line is lost, and a half one is ended', async (context) => {
  using folder = new Folder();
  using disk = SmallDisk.mount(folder.path);
  if (disk === undefined) return context.skip('a small tmpfs cannot be mounted here');
  disk.take(700_000);
  const path = join(disk.path, 'out');
  const file = openSync(path, 'w');
  await using program = new OutputProgram({ count: COUNT, batchSize: 100 }, file);
  closeSync(file);
  await until(() => program.logged.length > 0);
  expect(program.logged[0]).toMatch(/the standard output cannot be written \(ENOSPC\): the disk is full: make room/);
  disk.give();
  await until(() => program.isFlushed);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const whole = lines.filter((line) => line.endsWith('}}'));
  expect(lines.length - whole.length).toBeLessThanOrEqual(1);
  const ids = idsIn(`${whole.join('\n')}\n`);
  expect([...new Set(ids)]).toEqual(IDS);
  // The lines of one batch.
  expect(ids.length - IDS.length).toBeLessThanOrEqual(100);
});

test('check(): nobody knows who reads', async () => {
  await using destination = new FileDestination({ path: 'stdout', logger: recordingLogger() });
  expect(await destination.check()).toEqual({
    ok: true,
    message: 'lines go to the standard output; whether somebody reads them is not known',
  });
});
