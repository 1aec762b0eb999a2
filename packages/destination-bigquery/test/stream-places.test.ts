import { expect, test } from 'vitest';
import { placeFromState, placeToState, StreamPlaces } from '../src/stream-places.js';
import { TABLE_PATH } from './rig.js';

const { signal } = new AbortController();

/** Streams s1, s2 … */
function counted(): StreamPlaces {
  let made = 0;
  return new StreamPlaces(async () => `s${++made}`);
}

test('the first batch opens the stream, unless it is open already', async () => {
  expect(await counted().take(['a'], signal)).toEqual({ stream: 's1', offset: 0 });
  const places = counted();
  await places.ready(signal);
  await places.ready(signal);
  expect(await places.take(['a'], signal)).toEqual({ stream: 's1', offset: 0 });
});

test('a stream that cannot be opened: whoever asks is told why, and the next one tries again', async () => {
  const reasons = ['first', 'second'];
  const places = new StreamPlaces(async () => {
    const reason = reasons.shift();
    if (reason !== undefined) throw new Error(reason);
    return 's1';
  });
  await expect(places.take(['a'], signal)).rejects.toThrow('first');
  await expect(places.ready(signal)).rejects.toThrow('second');
  expect(await places.take(['b'], signal)).toEqual({ stream: 's1', offset: 0 });
});

test('each opening has the signal of the one who asks', async () => {
  const places = new StreamPlaces(async (own) => {
    own.throwIfAborted();
    return 's1';
  });
  await expect(places.take(['a'], AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  expect(await places.take(['a'], signal)).toEqual({ stream: 's1', offset: 0 });
});

test('of two streams that are opened at once only the first is used', async () => {
  const openings: ((stream: string) => void)[] = [];
  const places = new StreamPlaces(() => new Promise((resolve) => openings.push(resolve)));
  const ready = places.ready(signal);
  const taking = places.take(['a'], signal);
  openings[1]?.('s2');
  const place = await taking;
  openings[0]?.('s1');
  await ready;
  expect(place).toEqual({ stream: 's2', offset: 0 });
  places.stored(place, 1);
  expect(await places.take(['b'], signal)).toEqual({ stream: 's2', offset: 1 });
});

test('two who ask at once never get the same place', async () => {
  const places = counted();
  const [one, other] = await Promise.all([places.take(['a'], signal), places.take(['b'], signal)]);
  expect(other).not.toEqual(one);
});

test('one batch behind the other', async () => {
  const places = counted();
  for (const [ids, offset] of [
    [['a', 'b'], 0],
    [['c'], 2],
    [['d', 'e'], 3],
  ] as const) {
    const place = await places.take(ids, signal);
    expect(place).toEqual({ stream: 's1', offset });
    places.stored(place, ids.length);
  }
});

test('the halves of a batch share its place, in order, so that it does not matter whether the whole is there', async () => {
  const places = counted();
  await places.take(['a', 'b', 'c', 'd'], signal);
  const first = await places.take(['a', 'b'], signal);
  expect(first).toEqual({ stream: 's1', offset: 0 });
  expect(await places.take(['a'], signal)).toEqual(first);
  places.stored(first, 2);
  expect(await places.take(['c', 'd'], signal)).toEqual({ stream: 's1', offset: 2 });
});

test.each([
  ['others', ['x']],
  ['the second half', ['c', 'd']],
  ['more than it was', ['a', 'b', 'c', 'd', 'e']],
  ['another order', ['b', 'a']],
])('the place of an undecided batch is offered to nobody else: %s', async (_what, ids) => {
  const places = counted();
  await places.take(['a', 'b', 'c', 'd'], signal);
  expect(await places.take(ids, signal)).toEqual({ stream: 's2', offset: 0 });
});

test('what was decided in a stream that was left changes nothing in the present one', async () => {
  const places = counted();
  const old = await places.take(['a'], signal);
  const place = await places.take(['b'], signal);
  expect(place).toEqual({ stream: 's2', offset: 0 });
  places.stored(old, 1);
  places.free(old);
  places.gone(old.stream);
  places.stored(place, 1);
  expect(await places.take(['c'], signal)).toEqual({ stream: 's2', offset: 1 });
});

test('a place that was freed goes to the next batch', async () => {
  const places = counted();
  const place = await places.take(['a', 'b', 'c'], signal);
  places.free(place);
  expect(await places.take(['a', 'c'], signal)).toEqual(place);
});

test('a batch whose stream is gone gets a place in a new one', async () => {
  const places = counted();
  const place = await places.take(['a', 'b'], signal);
  places.gone(place.stream);
  const anew = await places.take(['a', 'b'], signal);
  expect(anew).toEqual({ stream: 's2', offset: 0 });
  places.stored(anew, 2);
  // One of an earlier process: the present stream has room for it.
  places.gone('from-an-earlier-process');
  expect(await places.take(['o'], signal)).toEqual({ stream: 's2', offset: 2 });
  // And where the next place is undecided, it gets another stream.
  expect(await places.take(['p'], signal)).toEqual({ stream: 's3', offset: 0 });
});

test('a place as it is kept in the journal', () => {
  const place = { stream: `${TABLE_PATH}/streams/abc@def`, offset: 1_500 };
  expect(placeFromState(placeToState(place), TABLE_PATH)).toEqual(place);
});

test.each(['', 'x', '@5', `${TABLE_PATH}/streams/s1`, `${TABLE_PATH}/streams/s1@-1`, `${TABLE_PATH}2/streams/s1@0`])(
  '%j is no place in this table',
  (state) => {
    expect(placeFromState(state, TABLE_PATH)).toBeUndefined();
  },
);
