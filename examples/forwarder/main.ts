// With keys in the environment this is `grantex-forwarder run`. Without, it tries that on this machine, with dev-server.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventsInLines, idsOf } from '../trial/event-text.ts';
import { Lines } from '../trial/lines.ts';
import { runOrTry } from '../trial/run-or-try.ts';

const FORWARDER = new URL('dist/program.js', import.meta.resolve('@grantex/forwarder/package.json'));
const SETTINGS = fileURLToPath(new URL('grantex-forwarder.yaml', import.meta.url));

process.argv.push('run', '--config', SETTINGS); // read by the forwarder, when it is it that runs here
await runOrTry(FORWARDER, async (trial) => {
  const folder = await trial.folder();
  const [auditFile, grantsFile] = [join(folder, 'audit.ndjson'), join(folder, 'grants.ndjson')];

  const devServer = new Lines();
  const args = ['dev-server', '--port', '0', '--rate', '200', '--steady', '--json'];
  trial.run(FORWARDER, { args, onLine: devServer.add });
  const listening = JSON.parse(await devServer.find('"listening"')) as { url: string };
  trial.say(`grantex-forwarder dev-server publishes 200 events a second at ${listening.url}.`);

  const env = {
    GRANTEX_URL: listening.url,
    AUDIT_FILE: auditFile,
    GRANTS_FILE: grantsFile,
    WATCHING_PORT: '0', // a free one
    STATE_DIRECTORY: folder, // where the journal is
    GRANTEX_FORWARDER_CONFIG: SETTINGS,
  };
  const log = new Lines();
  const forwarder = trial.run(FORWARDER, { args: ['run'], env, onLine: log.add });
  await log.find('grants: events are delivered');
  trial.say('grantex-forwarder run delivers. A moment later:');
  await sleep(2_000);

  console.log('\n$ grantex-forwarder top --once\n');
  await trial.run(FORWARDER, { args: ['top', '--once'], env, onLine: show }).end();

  const [event] = eventsInLines(await readFile(grantsFile));
  console.log(`\n$ grantex-forwarder explain ${event?.id}\n`);
  await trial.run(FORWARDER, { args: ['explain', event?.id ?? ''], env, onLine: show }).end();

  await forwarder.stop();
  console.log();
  trial.say('The forwarder was told to stop, and has delivered what waited.');
  const journal = new Lines();
  const tail = ['tail', '--last', '100000', '--no-follow', '--json'];
  await trial.run(FORWARDER, { args: tail, env, onLine: journal.add }).end();
  const received = eventsInLines(journal.all.map((line) => `${line}\n`).join(''));
  const grants = received.filter(({ type }) => type.startsWith('grant.'));
  trial.account('audit', received, idsOf(eventsInLines(await readFile(auditFile))));
  trial.account('grants', grants, idsOf(eventsInLines(await readFile(grantsFile))));
});

function show(line: string): void {
  console.log(`  ${line}`);
}
