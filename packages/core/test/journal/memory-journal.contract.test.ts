import { MemoryJournal } from '@grantex/core';
import { journalContract } from '@grantex/testing';
import { expect, test } from 'vitest';

const { leftOut } = journalContract(
  test,
  async () => ({
    journal: (options) => new MemoryJournal(options),
    async [Symbol.asyncDispose]() {},
  }),
  { without: ['durable'] },
);

test('left out: nothing but durability, which a journal in memory does not have', () => {
  for (const { test: name, without } of leftOut) {
    expect(without).toEqual(['durable']);
    expect(name).toMatch(/^(durable|checksum): /);
  }
});
