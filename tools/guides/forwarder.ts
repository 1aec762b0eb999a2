/**
 * Part of `pnpm check:guides`, and alone `pnpm build && pnpm exec node tools/guides/forwarder.ts`: what the forwarder's README
 * tells a newcomer to do, done with the package as it would be published.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checklist } from './checklist.ts';
import { expectWords, ForwarderFolder, versionOf } from './forwarder-command.ts';
import { strangersDestinationReceives, strangersOptionsAreTold } from './forwarder-outside.ts';
import { datadogMistakes, datadogTour, splunkTour, type Times } from './forwarder-tour.ts';
import { pack } from './project.ts';

/** "Under two minutes" is what the README says; nobody types here, and the packages lie on this disk. */
const MAX_SECONDS = { fromRun: 30, fromNothing: 120 };

/** Runs every check. `folder`: an empty one, or one that others use as well. */
export async function checkForwarder(
  checklist: Checklist,
  folder: string,
  tarballs: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  console.log('Trying the forwarder as a newcomer does');
  const startedAt = performance.now();
  const project = await checklist.check('an empty folder installs it from the tarballs alone', () =>
    ForwarderFolder.install(join(folder, 'newcomer'), tarballs, signal),
  );
  if (project === undefined) return;
  await checklist.check('--help and --version', () => introducesItself(project));
  const datadog = await checklist.check('Datadog: init, validate, test, run, explain, top, tail, SIGTERM', () =>
    datadogTour(project, startedAt),
  );
  if (datadog !== undefined) await checklist.check(tell('Datadog', datadog, 'npm install'), () => expectSoon(datadog));
  await checklist.check('Datadog: a missing and a wrong key are told with what to mend', () =>
    datadogMistakes(project),
  );
  const splunk = await checklist.check('Splunk with a certificate of its own: not trusted, then trusted', () =>
    splunkTour(project),
  );
  if (splunk !== undefined) await checklist.check(tell('Splunk', splunk, 'the settings'), () => expectSoon(splunk));
  await checklist.check("a stranger's destination, installed by its name, receives events", () =>
    strangersDestinationReceives(project),
  );
  await checklist.check("a stranger's options are checked, with file and line", () => strangersOptionsAreTold(project));
}

async function introducesItself(project: ForwarderFolder): Promise<void> {
  const version = await versionOf('forwarder');
  expectWords(await project.ask(['--version']), [`${version}\n`]);
  const commands = [
    'init',
    'validate',
    'test',
    'run',
    'dev-server',
    'top',
    'tail',
    'explain',
    'journal',
    'dead-letters',
  ];
  expectWords(await project.ask(['--help']), [...commands, 'replay', 'reload', 'switch', 'stop']);
}

function tell(service: string, { fromRun, fromNothing }: Times, start: string): string {
  return `${service}: the first event ${fromRun.toFixed(1)} s after run, ${fromNothing.toFixed(1)} s after ${start}`;
}

function expectSoon({ fromRun, fromNothing }: Times): void {
  if (fromRun <= MAX_SECONDS.fromRun && fromNothing <= MAX_SECONDS.fromNothing) return;
  throw new Error(`expected at most ${MAX_SECONDS.fromRun} s and ${MAX_SECONDS.fromNothing} s`);
}

if (import.meta.main) {
  const signal = AbortSignal.timeout(150_000);
  const folder = await mkdtemp(join(tmpdir(), 'grantex-forwarder-guide-'));
  const checklist = new Checklist(signal);
  try {
    const tarballs = await checklist.check('the packages are packed', () => pack(folder, signal));
    if (tarballs !== undefined) await checkForwarder(checklist, folder, tarballs, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(checklist.summary);
  process.exitCode = checklist.hasFailed ? 1 : 0;
}
