import { InvalidArgumentError } from 'commander';
import type { StandardSchema } from '@grantex/core';
import { typePatternsOption } from '../settings/selection/type-patterns.js';
import { readMoment } from './event-choice.js';

/** What `replay` was asked for. */
export interface ReplayCommandOptions {
  readonly config?: string;
  readonly json?: true;
  readonly to?: string;
  readonly types?: readonly string[];
  /** Unix epoch, milliseconds. */
  readonly since?: number;
  /** The first moment that is too late. */
  readonly until?: number;
  /** Events per second. */
  readonly rate?: number;
  readonly filter: boolean;
  readonly transform: boolean;
  readonly dryRun?: true;
  readonly fromStart?: true;
}

const MAX_RATE = 1_000_000;

export function readTypes(text: string): readonly string[] {
  const patterns = text.split(',').map((pattern) => pattern.trim());
  const schema: StandardSchema<unknown, readonly string[]> = typePatternsOption;
  const result = schema['~standard'].validate(patterns);
  if (result instanceof Promise || result.issues !== undefined) {
    throw new InvalidArgumentError("Expected types such as grant.* or 'grant.*,!grant.revoked'.");
  }
  return patterns;
}

export function readSince(text: string): number {
  return moment(text, false);
}

export function readUntil(text: string): number {
  return moment(text, true);
}

export function readRate(text: string): number {
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 1 && rate <= MAX_RATE) return rate;
  throw new InvalidArgumentError('Expected a whole number from 1 to 1000000.');
}

function moment(text: string, end: boolean): number {
  const time = readMoment(text, { end });
  if (time !== undefined) return time;
  throw new InvalidArgumentError('Expected a date such as 2026-03-01, or a time such as 2026-03-01T12:00:00Z.');
}
