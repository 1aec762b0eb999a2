import type { GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { dropDeadLetters } from '../../src/commands/dead-letters-drop.js';
import { listDeadLetters, showDeadLetter } from '../../src/commands/dead-letters-list.js';
import { retryDeadLetters } from '../../src/commands/dead-letters-retry.js';
import { deadLettersCommand } from '../../src/commands/dead-letters.js';
import type { Control } from '../../src/control/control-protocol.js';
import { CommandFailure, EXIT } from '../../src/exit-codes.js';
import { JournalScene, type Run } from './journal-scene.js';
import { TestContext, until } from './terminal-context.js';

type Asked = { source: string; numbers: readonly number[] };

/** The running program's part in this, without its socket. */
function controlOf(
  runs: Readonly<Record<string, Run>>,
  asked: Asked[] = [],
): Pick<Control, 'retryDeadLetters' | 'dropDeadLetters'> {
  const desk = (source: string, numbers: readonly number[]): Run['events']['deadLetters'] => {
    asked.push({ source, numbers });
    const run = runs[source];
    if (run === undefined) throw new CommandFailure(`there is no source "${source}"`);
    return run.events.deadLetters;
  };
  return {
    retryDeadLetters: (source, numbers) => desk(source, numbers).retry(numbers),
    dropDeadLetters: async (source, numbers) => ({ dropped: await desk(source, numbers).remove(numbers) }),
  };
}

const stopped = (): Promise<never> => Promise.reject(new CommandFailure('no forwarder listens', EXIT.unavailable));
const NOT_RUNNING = { retryDeadLetters: stopped, dropDeadLetters: stopped };

test.concurrent('list: a row for each, while the program runs and after; as JSON too', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  const events = await scene.giveUp(run, 3);
  const people = scene.context();
  listDeadLetters(scene.settings, { limit: 2 }, people);
  const [head, first, second, more] = people.lines;
  expect(head).toMatch(/number +destination +event +type +code +attempts +last tried +reason/);
  const ids = scene
    .reader()
    .deadLetters()
    .map(({ eventId }) => eventId);
  expect(new Set(ids)).toEqual(new Set(events.map(({ id }) => id)));
  expect(first).toMatch(
    new RegExp(`^ +1 +sink +${ids[0]} +grant\\.revoked +DEST_REJECTED +\\d+ +\\S+Z +.*no such field`),
  );
  expect(second).toMatch(/^ +2 /);
  expect(more).toContain('--after 2');
  expect(people.lines.length).toBe(4);
  await run.stop();
  const program = scene.context();
  listDeadLetters(scene.settings, { limit: 100, after: 1, destination: 'sink', json: true }, program);
  expect(JSON.parse(program.out)).toMatchObject({
    is_cut: false,
    dead_letters: [2, 3].map((number) => ({
      source: 'production',
      number,
      destination: 'sink',
      event_id: ids[number - 1],
      type: 'grant.revoked',
      code: 'DEST_REJECTED',
      status_code: 422,
    })),
  });
  const none = scene.context();
  listDeadLetters(scene.settings, { limit: 100, destination: 'other' }, none);
  expect(none.lines).toEqual(['no dead letters']);
});

test.concurrent('list: a frame that is no event is one, and what it brings moves no cursor', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  scene.server.publishRaw('{"id": "x\u001b[2J", oops');
  await until(
    () => run.events.deadLetters.size === 1,
    () => 'no dead letter',
  );
  const context = scene.context();
  listDeadLetters(scene.settings, { limit: 100 }, context);
  expect(context.lines[1]).toMatch(/^ +1 +stream +- +- +NOT_AN_EVENT/);
  showDeadLetter(scene.settings, { number: 1 }, context);
  expect(context.out).toContain('oops');
  expect(context.raw).not.toContain('\u001b');
  expect(context.out).toContain('dead-letters drop 1');
});

test.concurrent('show: everything, with the event', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  const [event] = await scene.giveUp(run);
  await run.stop();
  const people = scene.context();
  showDeadLetter(scene.settings, { number: 1 }, people);
  for (const text of ['DEST_REJECTED', 'no such field', '422', '"type": "grant.revoked"', event?.id ?? '?']) {
    expect(people.out).toContain(text);
  }
  const program = scene.context();
  showDeadLetter(scene.settings, { number: 1, json: true }, program);
  expect(JSON.parse(program.out)).toMatchObject({ number: 1, event_id: event?.id, event });
  expect(() => showDeadLetter(scene.settings, { number: 9 }, people)).toThrow('there is no dead letter 9');
});

test.concurrent('several sources: a column in the list, and numbers need --source', async () => {
  await using scene = await JournalScene.begin({ sources: ['production', 'staging', 'unused'] });
  const [one, other] = [await scene.run('production'), await scene.run('staging')];
  await scene.giveUp(one);
  await one.stop();
  await until(
    () => other.events.deadLetters.size === 1,
    () => 'the other source has none',
  );
  const context = scene.context();
  listDeadLetters(scene.settings, { limit: 100 }, context);
  expect(context.lines.slice(1).map((line) => line.trim().split(/ +/).slice(0, 3))).toEqual([
    ['1', 'production', 'sink'],
    ['1', 'staging', 'sink'],
  ]);
  expect(() => showDeadLetter(scene.settings, { number: 1 }, context)).toThrow('production, staging, unused');
  expect(() => showDeadLetter(scene.settings, { number: 1, source: 'unused' }, context)).toThrow('no journal yet');
  expect(() => listDeadLetters(scene.settings, { source: 'x', limit: 1 }, context)).toThrow('there is no source "x"');
  showDeadLetter(scene.settings, { number: 1, source: 'staging' }, context);
  expect(context.out).toContain('--source staging');
});

test.concurrent('retry: sent again through the running program, a page at a time', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  await scene.giveUp(run, 3);
  const asked: Asked[] = [];
  const control = controlOf({ production: run }, asked);
  const refused = scene.context();
  const failing = retryDeadLetters(scene.settings, { numbers: [1, 2, 77, 2] }, control, refused);
  await expect(failing).rejects.toMatchObject({ exitCode: EXIT.failed, message: '3 dead letters left' });
  expect(asked).toEqual([{ source: 'production', numbers: [1, 2, 77] }]);
  expect(refused.lines[0]).toBe('delivered: 0');
  expect(refused.out).toMatch(/refused again: 2\n +1 +sink +DEST_REJECTED .*no such field/);
  expect(refused.out).toMatch(/not tried: 1/);

  scene.receiver().answer(() => ({ status: 200 }));
  const all = scene.context();
  await retryDeadLetters(scene.settings, { numbers: [], all: true, json: true }, control, all);
  expect(JSON.parse(all.out)).toEqual({ delivered: [1, 2, 3], refused: [], untried: [], reason: null });
  expect(run.events.deadLetters.size).toBe(0);
  const none = scene.context();
  await retryDeadLetters(scene.settings, { numbers: [], all: true }, control, none);
  expect(none.lines).toEqual(['no dead letters']);
});

test.concurrent('retry --all: in pages of 100; where the service is out of order the rest is not tried', async () => {
  let isBroken = true;
  const transform = (event: GrantexEvent): GrantexEvent => {
    if (isBroken) throw new Error('broken');
    return event;
  };
  await using scene = await JournalScene.begin({ destinations: { sink: { transform } } });
  const run = await scene.run();
  await scene.publish(run, 120);
  await scene.settled(run);
  isBroken = false;
  scene.server.publishRaw('no event');
  await until(
    () => run.events.deadLetters.size === 121,
    () => 'no frame',
  );
  const asked: Asked[] = [];
  const control = controlOf({ production: run }, asked);
  scene.receiver().answer(() => ({ status: 503 }));
  const down = scene.context();
  const failing = retryDeadLetters(scene.settings, { numbers: [], all: true, destination: 'sink' }, control, down);
  await expect(failing).rejects.toThrow('120 dead letters left');
  expect(asked.map(({ numbers }) => numbers.length)).toEqual([100]);
  expect(down.out).toMatch(/not tried: 120: .*503/);

  scene.receiver().answer(() => ({ status: 200 }));
  const up = scene.context();
  await retryDeadLetters(scene.settings, { numbers: [], all: true }, control, up);
  expect(asked.map(({ numbers }) => numbers.length)).toEqual([100, 100, 20]);
  expect(up.lines).toEqual(['delivered: 120']);
  expect(run.events.deadLetters.size).toBe(1); // The frame.
});

test.concurrent('retry: without a running program it says what to do', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  await scene.giveUp(run);
  await run.stop();
  const context = scene.context();
  const failing = retryDeadLetters(scene.settings, { numbers: [1] }, NOT_RUNNING, context);
  await expect(failing).rejects.toMatchObject({
    exitCode: EXIT.unavailable,
    message: expect.stringContaining('grantex-forwarder run') as string,
  });
  expect(context.out).toBe('');
  for (const options of [{ numbers: [] }, { numbers: [1], all: true }, { numbers: [1], destination: 'sink' }]) {
    const wrong = retryDeadLetters(scene.settings, options, NOT_RUNNING, context);
    await expect(wrong).rejects.toMatchObject({ exitCode: EXIT.usage });
  }
});

test.concurrent('drop: through the running program, or in the journal when none runs', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  await scene.giveUp(run, 3);
  const asked: Asked[] = [];
  const running = scene.context();
  await dropDeadLetters(scene.settings, { numbers: [2], yes: true }, controlOf({ production: run }, asked), running);
  expect(running.lines).toEqual(['dropped: 1 dead letter']);
  expect(asked).toEqual([{ source: 'production', numbers: [2] }]);
  expect(run.events.deadLetters.size).toBe(2);

  // Somebody has the journal, and nobody listens on this socket.
  const locked = dropDeadLetters(scene.settings, { numbers: [1], yes: true }, NOT_RUNNING, scene.context());
  await expect(locked).rejects.toMatchObject({ exitCode: EXIT.locked });
  await run.stop();
  const alone = scene.context();
  await dropDeadLetters(scene.settings, { numbers: [], all: true, yes: true, json: true }, NOT_RUNNING, alone);
  expect(JSON.parse(alone.out)).toEqual({ dropped: 2 });
  expect(scene.reader().deadLetters()).toEqual([]);
  const again = scene.context();
  const failing = dropDeadLetters(scene.settings, { numbers: [1, 2], yes: true }, NOT_RUNNING, again);
  await expect(failing).rejects.toThrow('2 numbers had no dead letter');
  const next = await scene.run(); // No lock is left.
  await next.stop();
});

test.concurrent('drop asks before, and does nothing without a yes', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  await scene.giveUp(run);
  const control = controlOf({ production: run });
  const unasked = dropDeadLetters(scene.settings, { numbers: [1] }, control, scene.context());
  await expect(unasked).rejects.toMatchObject({ exitCode: EXIT.usage });
  const answer = async (key: string): Promise<void> => {
    const terminal = new TestContext({ folder: scene.folder, terminal: { columns: 80, rows: 24 } });
    const dropping = dropDeadLetters(scene.settings, { numbers: [1] }, control, terminal);
    await until(
      () => terminal.out.includes('Drop 1 dead letter for good?'),
      () => terminal.out,
    );
    terminal.stdin.write(key);
    await dropping;
  };
  for (const key of ['n', '\r', '\u0003']) await expect(answer(key)).rejects.toThrow('nothing was dropped');
  expect(run.events.deadLetters.size).toBe(1);
  await answer('y');
  expect(run.events.deadLetters.size).toBe(0);
});

test('the command line: what is no number is refused, and help shows examples', async () => {
  const context = new TestContext({ folder: '/' });
  const errors: string[] = [];
  const command = deadLettersCommand(context);
  for (const each of [command, ...command.commands]) {
    each
      .exitOverride()
      .configureOutput({ writeErr: (text) => errors.push(text), writeOut: (text) => errors.push(text) });
  }
  for (const words of [
    ['show', 'one'],
    ['retry', '1', '-2x'],
    ['list', '--limit', '1.5'],
    ['drop', '1e3'],
  ]) {
    await expect(command.parseAsync(words, { from: 'user' })).rejects.toMatchObject({
      name: expect.stringMatching(/Commander|Invalid/) as string,
    });
  }
  expect(errors.join('')).toContain('whole number');
  await expect(command.parseAsync(['--help'], { from: 'user' })).rejects.toMatchObject({ exitCode: 0 });
  expect(errors.join('')).toContain('dead-letters retry --all --destination datadog');
});
