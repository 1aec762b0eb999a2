import { Trial } from './trial.ts';

/**
 * With `GRANTEX_API_KEY` in the environment: runs the program, with the keys of the environment, until it is told to stop. Without:
 * tries it on this machine.
 */
export async function runOrTry(program: URL, scenario: (trial: Trial) => Promise<void>): Promise<void> {
  if (process.env['GRANTEX_API_KEY']) {
    await import(program.href);
    return;
  }
  console.log('GRANTEX_API_KEY is not set: everything below happens on this machine.\n');
  await Trial.run(program, scenario);
}
