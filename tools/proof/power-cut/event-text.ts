import { Chance } from './chance.ts';
import type { RunSettings } from './settings.ts';

/** The event at a position, known from the settings alone: the short ones share a page of the database, a long one takes many. */
export function eventText({ seed, longShare }: Pick<RunSettings, 'seed' | 'longShare'>, position: number): string {
  const chance = new Chance(seed * 31 + position * 7919);
  const length = chance.is(longShare) ? chance.between(5_000, 20_000) : chance.between(40, 1_200);
  const filling = chance.of(['grant ', 'zażółć ', '授权', '0123456789abcdef']);
  const data = { grantId: filling.repeat(Math.ceil(length / filling.length)) };
  return JSON.stringify({ id: `e${position}`, type: 'grant.created', createdAt: '2026-03-01T12:00:00Z', data });
}
