import type { StoredEvent } from '@grantex/journal-sqlite';
import { cut, paint, printable, type Output, type Style } from './terminal.js';

/** Wide enough for most types, so that the ids stand below each other. */
const TYPE_WIDTH = 22;

/** A field of `data` that is longer says nothing more to a person who looks along. */
const VALUE_WIDTH = 40;

/** More would make most lines longer than a terminal. */
const MAX_FIELDS = 4;

/** What an event is about: the fields of `data` in this order. */
const FIELDS: Readonly<Record<string, string>> = {
  agentId: 'agent',
  principalId: 'principal',
  grantId: 'grant',
  scopes: 'scopes',
  pct: 'pct',
  remaining: 'remaining',
  connectionId: 'connection',
  service: 'service',
  reason: 'reason',
  cause: 'cause',
};

/** `12:03:04.123  grant.created  evt_…  agent=… principal=…`. The time is UTC. */
export function tailLine({ id, text }: StoredEvent, source: string | undefined, stream: Output): string {
  const { type, createdAt, data } = readEvent(text);
  const time = /T(\d\d:\d\d:\d\d(\.\d{1,3})?)/.exec(createdAt)?.[1] ?? createdAt;
  const parts: readonly (readonly [string, Style])[] = [
    [time.padEnd('12:03:04.123'.length), 'dim'],
    ...(source === undefined ? [] : [[source, 'cyan'] as const]),
    [type.padEnd(TYPE_WIDTH), styleOf(type)],
    [id, 'dim'],
    [fieldsOf(data), 'reset'],
  ];
  const shown = parts.filter(([part]) => part !== '').map(([part, style]) => paint(style, printable(part), stream));
  return shown.join('  ');
}

function readEvent(text: string): { type: string; createdAt: string; data: Readonly<Record<string, unknown>> } {
  const { type, createdAt, data } = JSON.parse(text) as Record<string, unknown>;
  const fields = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  return { type: String(type), createdAt: String(createdAt), data: fields };
}

function fieldsOf(data: Readonly<Record<string, unknown>>): string {
  const known = Object.entries(FIELDS).flatMap(([field, name]) => {
    const value = data[field];
    return value === undefined || value === null ? [] : [`${name}=${cut(shortly(value), VALUE_WIDTH)}`];
  });
  if (known.length > 0) return known.slice(0, MAX_FIELDS).join(' ');
  const others = Object.entries(data).slice(0, MAX_FIELDS);
  return others.map(([field, value]) => `${field}=${cut(shortly(value), VALUE_WIDTH)}`).join(' ');
}

function shortly(value: unknown): string {
  if (Array.isArray(value)) return value.map(shortly).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What ends or endangers something stands out. */
function styleOf(type: string): Style {
  if (/revoked|exhausted|withdrawn|deleted|gap$/.test(type)) return 'red';
  if (/threshold|grievance|erasure/.test(type)) return 'yellow';
  return 'green';
}
