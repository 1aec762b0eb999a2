import type { Complaint } from '@grantex/core';

/** Labels by name: together they are the identity of a stream. */
export type Labels = Readonly<Record<string, string>>;

/** Every event has these, so that one selector finds all of them. Without `service_name` Loki would make one up. */
const OWN_LABELS: Labels = { service_name: 'grantex', source: 'grantex' };

/** Loki's defaults, from "Request validation and rate limits": labels of a stream; bytes of a name, and of a value. */
const MAX_LABELS = 15;
const MAX_NAME_BYTES = 1_024;
const MAX_VALUE_BYTES = 2_048;

/** "Labels" in Loki's documentation; names with two underscores before them are Loki's own. */
const NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A user's labels with the two that are always there, by name: the same labels always give the same text. */
export function streamLabels(labels: Labels): Labels {
  const all = Object.entries({ ...OWN_LABELS, ...labels });
  return Object.fromEntries(all.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** What is wrong with the labels of a user. */
export function labelComplaints(labels: Labels): readonly Complaint[] {
  const count = Object.keys(streamLabels(labels)).length;
  const most = `${MAX_LABELS} labels at most, ${Object.keys(OWN_LABELS).join(' and ')} included`;
  return [
    ...(count > MAX_LABELS ? [{ expected: most, got: String(count) }] : []),
    ...Object.entries(labels).flatMap(([name, value]) => [...nameComplaints(name), ...valueComplaints(name, value)]),
  ];
}

function nameComplaints(name: string): Complaint[] {
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) return [{ expected: `names of ${MAX_NAME_BYTES} bytes at most`, got: `${bytes} bytes` }];
  if (NAME.test(name)) return [];
  const got = name.startsWith('__') ? 'a name that is reserved for Loki' : 'other characters in it';
  return [{ at: name, expected: 'a name of letters, digits and underscores, with no digit first', got }];
}

function valueComplaints(at: string, value: string): Complaint[] {
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_VALUE_BYTES) return [{ at, expected: `${MAX_VALUE_BYTES} bytes at most`, got: `${bytes} bytes` }];
  return value === '' ? [{ at, expected: 'a value', got: 'an empty text, which Loki takes for no label' }] : [];
}

/** The selector of LogQL that finds the stream. */
export function selectorOf(labels: Labels): string {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${matchers.join(', ')}}`;
}
