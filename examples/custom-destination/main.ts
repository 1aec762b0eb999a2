// With keys in the environment this is forward.ts. Without, it tries forward.ts on this machine, with two services that fail.
import { HttpReceiver, type ReceivedRequest } from '@grantex/testing';
import { eventsInLines, idsOf } from '../trial/event-text.ts';
import { runOrTry } from '../trial/run-or-try.ts';
import { PATIENCE } from '../trial/trial.ts';

await runOrTry(new URL('forward.ts', import.meta.url), async (trial) => {
  const chat = await HttpReceiver.start({ parse: ({ body }) => body.toString().match(/evt_\w+/g) ?? [] });
  const acme = await HttpReceiver.start({ parse: idsInLines });
  const program = trial.start({ CHAT_URL: chat.url, ACME_URL: acme.url, ACME_TOKEN: 'a-token' });
  await trial.listening();

  const events = await trial.publish(200);
  await acme.waitFor(events.length, PATIENCE);
  trial.say('200 published, both destinations have theirs.');

  trial.say('Now both services answer 503 once, and Acme refuses each request with one certain event (400).');
  chat.next({ status: 503 });
  acme.next({ status: 503 });
  let poison: string | undefined;
  acme.answer((request) => {
    const ids = idsInLines(request);
    poison ??= ids[10];
    return { status: poison !== undefined && ids.includes(poison) ? 400 : 200 };
  });
  events.push(...(await trial.publish(400)));
  const revoked = events.filter(({ type }) => type === 'grant.revoked');
  await acme.waitFor(events.length - 1, PATIENCE);
  await chat.waitFor(revoked.length, PATIENCE);
  await program.stop();
  trial.say(`All but one are there. ${poison} is a dead letter: one bad event costs one event.`);

  const good = events.filter(({ id }) => id !== poison);
  trial.account('alerts', revoked, chat.ids);
  trial.account('Acme', good, acme.ids);
});

function idsInLines({ body }: ReceivedRequest): string[] {
  return idsOf(eventsInLines(body));
}
