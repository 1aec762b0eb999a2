import { describe, expect, test } from 'vitest';
import { prove, type ProofSettings } from '../proof.ts';
import { FAULTS } from '../settings.ts';
import { findStrace } from '../strace.ts';

const IMAGES = 60;
const TIMEOUT_MS = 60_000;

const strace = await findStrace();
if ('missing' in strace) console.warn(`the power-cut proof is left out: ${strace.missing}`);
const settings: Omit<ProofSettings, 'seed'> | undefined = 'missing' in strace ? undefined : { strace, images: IMAGES };

describe.skipIf(settings === undefined && process.env['CI'] !== 'true')('power cut', { timeout: TIMEOUT_MS }, () => {
  test(`a journal keeps every promise through ${IMAGES} power cuts`, async () => {
    expect(strace).not.toHaveProperty('missing');
    const outcome = settings && (await prove({ ...settings, seed: 1 }));
    expect(outcome?.broken).toBeUndefined();
    expect(outcome?.images).toBe(IMAGES);
  });

  test.for(FAULTS)('a journal with the fault `%s` is found', async (fault) => {
    const outcome = settings && (await prove({ ...settings, seed: 1, fault }));
    expect(outcome?.broken?.violations).not.toEqual([]);
    expect(outcome?.broken).toBeDefined();
  });
});
