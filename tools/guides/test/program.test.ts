import { describe, expect, test } from 'vitest';
import { Program, run } from '../program.ts';

/** A shell whose child outlives it, and has its outputs, so that they are closed when both have ended: as npx and npm. */
const SHELL = ['-c', 'sleep 60 & wait'];

describe('Program', () => {
  test('its disposal ends what it has started', async () => {
    const program = new Program('sh', SHELL, options());
    await program[Symbol.asyncDispose]();
    expect(await program.ended).toMatchObject({ signalCode: 'SIGKILL' });
  });

  test('the abort of its signal ends what it has started', async () => {
    const over = new AbortController();
    const program = new Program('sh', SHELL, options(over.signal));
    over.abort();
    expect(await program.ended).toMatchObject({ signalCode: 'SIGKILL' });
  });

  test('after the abort none is started', async () => {
    await expect(run('sh', ['-c', 'echo started'], options(AbortSignal.abort(new Error('over'))))).rejects.toThrow(
      'over',
    );
  });

  test('a program that is not there is an error', async () => {
    await expect(run('no-such-program', [], options())).rejects.toThrow('ENOENT');
  });

  test('what it has started may end after it', async () => {
    const program = new Program('sh', ['-c', 'sleep 0.2 && echo later & echo now'], options());
    expect(await program.ended).toMatchObject({ exitCode: 0, stdout: 'now\nlater\n' });
  });
});

function options(signal: AbortSignal = new AbortController().signal) {
  return { folder: import.meta.dirname, env: process.env, signal };
}
