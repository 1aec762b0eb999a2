/**
 * `pnpm check:kit`: `npm create @grantex/destination` as a stranger runs it, from the packages as they would be published, without
 * editing anything: written, installed, built, tested by the contract, type-checked by those who use it, packed, and named in
 * the settings of the forwarder.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checklist } from '../guides/checklist.ts';
import { pack } from '../guides/project.ts';
import { forwarderDelivers } from './in-forwarder.ts';
import {
  compiles,
  keepsContract,
  packsOnlyItsOwn,
  passesPublint,
  secondRunIsRefused,
  writePackage,
} from './new-package.ts';
import { installForUser, usersCompile } from './users.ts';

const TIME_LIMIT_MS = 240_000;
/** What the kit promises, from `npm create` to the contract. A machine with other work may take longer, so it is told only. */
const PROMISED_SECONDS = 60;

const over = new AbortController();
const timeout = setTimeout(() => over.abort(new Error(`out of time: ${TIME_LIMIT_MS / 1000} s`)), TIME_LIMIT_MS);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => over.abort(new Error(`interrupted by ${name}`)));
}

const root = await mkdtemp(join(tmpdir(), 'grantex-kit-'));
const checklist = new Checklist(over.signal);
try {
  await checkAll();
} finally {
  clearTimeout(timeout);
  await rm(root, { recursive: true, force: true });
}
console.log(checklist.summary);
process.exitCode = checklist.hasFailed ? 1 : 0;

async function checkAll(): Promise<void> {
  const { signal } = over;
  const tarballs = await checklist.check('core, testing and create-destination are packed', () =>
    pack(root, signal, ['core', 'testing', 'create-destination']),
  );
  if (tarballs === undefined) return;

  const begun = performance.now();
  console.log('npm create @grantex/destination -- zenith-cloud --name @me/grantex-destination-zenith-cloud --yes');
  const created = await checklist.check('the package is written, and nothing is left to fill in', () =>
    writePackage(root, tarballs, signal),
  );
  if (created === undefined) return;
  await checklist.check('npm install', () => created.install(tarballs));
  await checklist.check('npm run build', () => compiles(created));
  await checklist.check('npm test: it keeps the contract', () => keepsContract(created));
  const seconds = (performance.now() - begun) / 1000;
  const verdict = seconds <= PROMISED_SECONDS ? 'promised' : 'more than promised';
  console.log(`From nothing to the contract: ${seconds.toFixed(1)} s (${PROMISED_SECONDS} s are ${verdict})`);

  await checklist.check('a second run writes nothing into its folder', () => secondRunIsRefused(created));
  const tarball = await checklist.check('npm pack: only what is to be published', () => packsOnlyItsOwn(created));
  await checklist.check('publint finds nothing', () => passesPublint(created));
  if (tarball === undefined) return;
  const user = await checklist.check('installed by somebody who uses it', () =>
    installForUser(join(root, 'user'), tarball, tarballs, signal),
  );
  if (user === undefined) return;
  for (const mode of ['nodenext', 'bundler'] as const) {
    await checklist.check(`its types, and the program of its README, strict, ${mode}`, () => usersCompile(user, mode));
  }
  await checklist.check('the forwarder delivers to it, with the settings of its README', () => forwarderDelivers(user));
}
