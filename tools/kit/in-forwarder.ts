import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventServer, HttpReceiver, makeEvents, type ReceivedRequest } from '@grantex/testing';
import { Program } from '../guides/program.ts';
import type { Project } from '../guides/project.ts';
import { expectSame } from '../guides/stage.ts';
import { blockOfReadme } from './users.ts';

/** The forwarder of this repository: an installation of it would take longer than all the rest. */
const FORWARDER = fileURLToPath(new URL('../../packages/forwarder/dist/program.js', import.meta.url));
/** In the settings that the README shows. */
const ADDRESS = 'https://zenith-cloud.example/v1/events';
const KEY = 'a-key-of-zenith-cloud';

/** The settings of the package's README, with another address, beside which the package is installed. */
export async function forwarderDelivers({ folder, signal }: Project): Promise<void> {
  await using receiver = await HttpReceiver.start({ parse: idsIn, answer: answerOfZenith });
  await using server = await EventServer.start();
  const general = {
    sources: { dev: { url: server.url, apiKey: server.key } },
    journal: { folder: 'journal' },
    server: { http: false },
  };
  const destinations = (await blockOfReadme({ folder }, 'yaml')).replace(ADDRESS, receiver.url);
  const sections = Object.entries(general).map(([name, section]) => `${name}: ${JSON.stringify(section)}\n`);
  await writeFile(join(folder, 'grantex.yaml'), `${sections.join('')}${destinations}`);
  const env = { ...process.env, ZENITH_CLOUD_KEY: KEY };
  await using program = new Program(process.execPath, [FORWARDER, 'run', '--config', 'grantex.yaml'], {
    folder,
    env,
    signal,
  });
  await program.during(server.subscribed());
  const events = makeEvents(20);
  server.publish(events);
  await program.during(receiver.waitFor(events.length));
  const { exitCode, stderr } = await program.terminate();
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}\n${stderr}`);
  expectSame(
    'events at the service',
    receiver.ids,
    events.map(({ id }) => id),
  );
}

function idsIn({ body }: ReceivedRequest): string[] {
  const records = JSON.parse(body.toString() || '[]') as { readonly event: { readonly id: string } }[];
  return records.map(({ event }) => event.id);
}

function answerOfZenith({ headers }: ReceivedRequest): { readonly status: number } {
  return { status: headers.authorization === `Bearer ${KEY}` ? 200 : 401 };
}
