/**
 * `pnpm check:guides`: from the packages as they would be published, the snippets of the guides compile and run, and the
 * forwarder does what its pages say.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checklist } from './checklist.ts';
import { checkForwarder } from './forwarder.ts';
import { COMPILERS, install, MODULE_MODES, pack, type Project, typeCheck } from './project.ts';
import {
  basicUsageDelivers,
  commonJsLoads,
  customDestinationReceives,
  fetchPrints,
  filteringDelivers,
  setupDelivers,
  shutdownDelivers,
  wrongKeyIsTold,
} from './runs.ts';
import { guidePrograms } from './snippets.ts';

const TIME_LIMIT_MS = 600_000;

const over = new AbortController();
const timeout = setTimeout(() => over.abort(new Error(`out of time: ${TIME_LIMIT_MS / 1000} s`)), TIME_LIMIT_MS);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => over.abort(new Error(`interrupted by ${name}`)));
}

const folder = await mkdtemp(join(tmpdir(), 'grantex-guides-'));
const checklist = new Checklist(over.signal);
try {
  await checkAll();
} finally {
  clearTimeout(timeout);
  await rm(folder, { recursive: true, force: true });
}
console.log(checklist.summary);
process.exitCode = checklist.hasFailed ? 1 : 0;

async function checkAll(): Promise<void> {
  console.log('Packing and installing');
  const tarballs = await checklist.check('the packages are packed', () => pack(folder, over.signal));
  if (tarballs === undefined) return;
  const project = await checklist.check('an empty project installs them from the tarballs alone', () =>
    install(join(folder, 'project'), tarballs, over.signal),
  );
  if (project === undefined) return;
  await checkTypes(project);
  await checkRuns(project);
  await checkForwarder(checklist, folder, tarballs, over.signal);
}

async function checkTypes(project: Project): Promise<void> {
  const programs = Object.entries(guidePrograms);
  console.log(`Compiling ${programs.length} programs: the snippets word for word, and the custom class in use`);
  for (const [name, program] of programs) await writeFile(join(project.folder, `${name}.ts`), program);
  for (const compiler of Object.keys(COMPILERS) as (keyof typeof COMPILERS)[]) {
    for (const mode of Object.keys(MODULE_MODES) as (keyof typeof MODULE_MODES)[]) {
      await checklist.check(`strict, ${compiler}, ${mode}`, () => typeCheck(project, compiler, mode));
    }
  }
}

async function checkRuns(project: Project): Promise<void> {
  console.log('Running them with only addresses and keys replaced');
  await checklist.check('basic-usage: the three types arrive at both destinations', () => basicUsageDelivers(project));
  await checklist.check('datadog-setup: every event arrives with the five fields', () => setupDelivers(project));
  await checklist.check('filtering: the three types arrive, and no other', () => filteringDelivers(project));
  for (const name of ['graceful-shutdown', 'graceful-shutdown-short'] as const) {
    await checklist.check(`${name}: SIGTERM delivers what is buffered, exit code 0`, () =>
      shutdownDelivers(project, name),
    );
  }
  await checklist.check('custom-destination: gets every event, a flush and a close', () =>
    customDestinationReceives(project),
  );
  await checklist.check('fetch-stream: prints every event', () => fetchPrints(project));
  await checklist.check('a wrong key: one StreamError within two seconds', () => wrongKeyIsTold(project));
  await checklist.check('CommonJS: require() works', () => commonJsLoads(project));
}
