import { mkdir, writeFile } from 'node:fs/promises';
import { HttpReceiver, type ReceivedRequest } from '@grantex/testing';
import { expectExit, expectWords, type ForwarderFolder } from './forwarder-command.ts';
import { blockWith, readPage } from './forwarder-pages.ts';
import { DevServer, PATIENCE } from './forwarder-tour.ts';
import { writeJson } from './project.ts';
import { expectSame } from './stage.ts';

const README = 'packages/forwarder/README.md';
const TOKEN = 'acme-2b7e1516-28aed2a6';

/**
 * The package that the README makes, word for word: packed, installed beside the forwarder, named in the settings. It receives
 * events, and the forwarder tells what is wrong with its options.
 */
export async function strangersDestinationReceives(project: ForwarderFolder): Promise<void> {
  const page = await readPage(README);
  const folder = project.path('acme');
  await mkdir(folder);
  await writeFile(`${folder}/index.js`, blockWith(page, 'js', 'defineDestination'));
  await writeFile(`${folder}/package.json`, blockWith(page, 'json', 'peerDependencies'));
  const [packed] = JSON.parse(await project.npm('pack', './acme', '--json')) as [{ readonly filename: string }];
  await project.npm('install', `./${packed.filename}`);

  await using receiver = await HttpReceiver.start({ parse: idsIn, answer: answerOfAcme });
  await using events = await DevServer.start(project);
  const settings = {
    sources: { dev: { url: events.url, apiKey: events.key } },
    journal: { folder: 'acme-data' },
    destinations: { security: { type: 'acme-destination', url: receiver.url, token: '${ACME_TOKEN}' } },
    server: { http: false },
  };
  const config = ['--config', 'acme.json'];
  const env = { ACME_TOKEN: TOKEN };
  await writeJson(project.path('acme.json'), settings);
  await using program = project.start(['run', ...config], env);
  await program.during(receiver.waitFor(3, PATIENCE));
  expectWords(await project.ask(['top', '--once', ...config], env), ['security', 'delivering']);
  expectExit(await program.terminate(), 0);
  await events.stop();
  expectSame('events that came twice', [receiver.ids.length - new Set(receiver.ids).size], [0]);
}

export async function strangersOptionsAreTold(project: ForwarderFolder): Promise<void> {
  const lines = ['sources:', '  dev: { url: http://127.0.0.1:1, apiKey: gx_test_dev_server }', 'destinations:'];
  lines.push('  security:', '    type: acme-destination', '    url: acme.example', '    tokn: abc');
  await writeFile(project.path('acme-wrong.yaml'), `${lines.join('\n')}\n`);
  const ending = await project.npx(['validate', '--config', 'acme-wrong.yaml']);
  expectExit(ending, 78);
  expectWords(ending.stderr, ['acme-wrong.yaml:7', 'destinations.security.tokn', 'did you mean token?']);
  expectWords(ending.stderr, ['acme-wrong.yaml:6', 'destinations.security.url']);
}

function idsIn({ body }: ReceivedRequest): string[] {
  return (JSON.parse(body.toString()) as { readonly id: string }[]).map(({ id }) => id);
}

function answerOfAcme({ headers }: ReceivedRequest): { readonly status: number } {
  return { status: headers.authorization === `Bearer ${TOKEN}` ? 200 : 401 };
}
