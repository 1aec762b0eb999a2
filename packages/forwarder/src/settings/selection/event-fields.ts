import { EVERY, holds, isHolder, type Holder, type Path } from './path.js';

/** A field of a map, or an entry of a list. */
export interface Place {
  readonly holder: Holder;
  readonly key: string;
}

/** The places that a path leads to: with `*` there may be several, and none is fine too. */
export function placesAt(root: Holder, path: Path): Place[] {
  let holders = [root];
  for (const name of path.slice(0, -1)) {
    holders = holders.flatMap((holder) => keysFor(holder, name).map((key) => holder[key])).filter(isHolder);
  }
  const last = path.at(-1) ?? '';
  return holders.flatMap((holder) => keysFor(holder, last).map((key) => ({ holder, key })));
}

/** The maps and lists that a path leads to. */
export function holdersAt(root: Holder, path: Path): Holder[] {
  if (path.length === 0) return [root];
  return placesAt(root, path)
    .map(({ holder, key }) => holder[key])
    .filter(isHolder);
}

/**
 * Sets the value at a path without `*`, and makes the maps that are missing on the way. Changes nothing and returns
 * false where it cannot: a value that holds no fields is in the way, or a list has no such entry.
 */
export function put(root: Holder, path: Path, value: unknown): boolean {
  if (!hasRoomFor(root, path)) return false;
  let holder = root;
  for (const name of path.slice(0, -1)) {
    if (!holds(holder, name)) holder[name] = {};
    holder = holder[name] as Holder;
  }
  holder[path.at(-1) ?? ''] = value;
  return true;
}

/** Takes the field or entry away. The entries behind it move up. */
export function take({ holder, key }: Place): unknown {
  const value = holder[key];
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
  return value;
}

/** Moves the value at `from`, if there is one, to `to`. Where it cannot be put it stays what it was. */
export function move(root: Holder, from: Path, to: Path): void {
  const [place] = placesAt(root, from);
  if (place === undefined) return;
  const value = take(place);
  if (put(root, to, value)) return;
  if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 0, value);
  else place.holder[place.key] = value;
}

function keysFor(holder: Holder, name: string): string[] {
  if (name === EVERY) return Object.keys(holder);
  return holds(holder, name) ? [name] : [];
}

function hasRoomFor(root: Holder, path: Path): boolean {
  let value: unknown = root;
  for (const name of path) {
    if (!isHolder(value)) return false;
    if (!holds(value, name)) return !Array.isArray(value);
    value = value[name];
  }
  return true;
}
