// With keys in the environment this is forward.ts. Without, it tries forward.ts on this machine, while the SIEM is dead.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { datadogReceiver, HttpReceiver } from '@grantex/testing';
import { eventsIn, eventsInLines, idsOf } from '../trial/event-text.ts';
import { runOrTry } from '../trial/run-or-try.ts';
import { PATIENCE } from '../trial/trial.ts';
import { isForSecurity } from './selection.ts';

await runOrTry(new URL('forward.ts', import.meta.url), async (trial) => {
  const datadog = await datadogReceiver();
  const siem = await HttpReceiver.start({ parse: ({ body }) => idsOf(eventsIn(body)) });
  const file = join(await trial.folder(), 'audit.ndjson');
  const program = trial.start({
    DD_ENDPOINT: datadog.url,
    DD_API_KEY: datadog.apiKey,
    SIEM_URL: siem.url,
    SIEM_TOKEN: 'a-token',
    AUDIT_FILE: file,
  });
  await trial.listening();

  const events = await trial.publish(300);
  const forSecurity = events.filter(isForSecurity);
  await siem.waitFor(forSecurity.length, PATIENCE);
  trial.say(`300 published. The SIEM has the ${forSecurity.length} that its filter lets through.`);

  await siem.down();
  trial.say('The SIEM is dead.');
  events.push(...(await trial.publish(600)));
  await datadog.waitFor(events.length, PATIENCE);
  const lines = eventsInLines(await readFile(file)).length;
  trial.say(`600 more published. Datadog has ${datadog.ids.length}, the file ${lines}, the SIEM ${siem.ids.length}.`);

  await siem.up();
  trial.say('The SIEM is back.');
  await siem.waitFor(events.filter(isForSecurity).length, PATIENCE);
  await program.stop();
  trial.say('It has what waited. The program was told to stop, and has ended.');

  const persons = siem.accepted.flatMap(({ body }) => eventsIn(body)).filter(({ data }) => 'principalId' in data);
  if (persons.length > 0) throw new Error(`${persons.length} events at the SIEM name a person`);
  trial.account('Datadog', events, datadog.ids);
  trial.account('SIEM', events.filter(isForSecurity), siem.ids);
  trial.account('file', events, idsOf(eventsInLines(await readFile(file))));
});
