import { open } from 'node:fs/promises';
import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endsLine, repairEnd } from '../src/file-end.js';
import { Folder } from './rig.js';

const LINE = '{"id":"evt_1","type":"grant.created"}\n';
const LONG = `{"id":"evt_2","note":"${'ä'.repeat(100_000)}"}`;

async function repaired(folder: Folder, pause = async () => {}) {
  const file = await open(folder.file, 'a+');
  try {
    return await repairEnd(file, pause);
  } finally {
    await file.close();
  }
}

test.each([
  ['nothing', '', ''],
  ['whole lines', LINE + LINE, LINE + LINE],
  ['a half line', `${LINE}{"id":"evt_2","ty`, LINE],
  ['a half line and no other', '{"id":"evt', ''],
  ['a single brace', `${LINE}{`, LINE],
  ['a long half line', LINE + LONG.slice(0, -2), LINE],
  ['a long half line and no other', LONG.slice(0, -2), ''],
  ['half a letter', Buffer.concat([Buffer.from(`${LINE}{"a":"`), Buffer.from('😀').subarray(0, 2)]), LINE],
  ['NULs, as after a power cut', `${LINE}\0\0\0\0`, LINE],
  ['a half line with NULs behind it', `${LINE}{"id":"evt_2"\0\0\0`, LINE],
  ['a whole event without a line feed', `${LINE}{"id":"evt_2"}`, `${LINE}{"id":"evt_2"}\n`],
  ['a long whole event without a line feed', LONG, `${LONG}\n`],
  ['what is not ours', 'notes of somebody', 'notes of somebody\n'],
  ['what is not ours behind ours', `${LINE}notes`, `${LINE}notes\n`],
])('%s', async (_what, before, after) => {
  using folder = new Folder();
  folder.write(before);
  const { kind } = await repaired(folder);
  expect(folder.read()).toBe(after);
  const grew = after.length - Buffer.from(before).toString().length;
  expect(kind).toBe(grew === 0 ? 'nothing' : grew > 0 ? 'ended' : 'cut back');
});

test('bytes that were cut are counted', async () => {
  using folder = new Folder();
  folder.write(`${LINE}{"ä`);
  expect(await repaired(folder)).toEqual({ kind: 'cut back', bytes: 4 });
});

test('what has no line in 16 MiB is no log of ours: nothing of it is cut off', async () => {
  using folder = new Folder();
  const text = `{${'x'.repeat(16_900_000)}`;
  folder.write(text);
  expect(await repaired(folder)).toEqual({ kind: 'ended' });
  expect(folder.read()).toBe(`${text}\n`);
});

test('a line that another process is just writing is let alone', async () => {
  using folder = new Folder();
  folder.write(`${LINE}{"id":`);
  const rest = ['"evt', '_2"', '}\n'];
  const repair = await repaired(folder, async () => {
    appendFileSync(folder.file, rest.shift() ?? '');
  });
  expect(repair).toEqual({ kind: 'nothing' });
  expect(folder.read()).toBe(`${LINE}{"id":"evt_2"}\n`);
});

test.each([
  ['', true],
  ['a\n', true],
  ['a', false],
])('%j: the next line can begin: %s', async (text, ends) => {
  using folder = new Folder();
  folder.write(text);
  const file = await open(folder.file, 'r');
  expect(await endsLine(file, text.length)).toBe(ends);
  await file.close();
});
