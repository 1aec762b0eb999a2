// With keys in the environment this is forward.ts. Without, it tries forward.ts on this machine: a cut, a kill and a restart.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpReceiver, type TestEvent } from '@grantex/testing';
import { eventsIn, idsOf } from '../trial/event-text.ts';
import { runOrTry } from '../trial/run-or-try.ts';
import { PATIENCE } from '../trial/trial.ts';

/** A connection counts from a second after its opening on: what was on its way then may not have reached it. */
const SETTLING_MS = 1_500;
/** For the program to write down what it hears: it is about to be killed. */
const WRITING_MS = 1_000;

await runOrTry(new URL('forward.ts', import.meta.url), async (trial) => {
  const collector = await HttpReceiver.start({ parse: ({ body }) => idsOf(eventsIn(body)) });
  const env = {
    JOURNAL: join(await trial.folder(), 'journal.db'),
    COLLECTOR_URL: collector.url,
    COLLECTOR_TOKEN: 'a-token',
  };

  const first = trial.start(env);
  const heard = await trial.publishUntil(trial.listening(2));
  heard.push(...(await trial.publishUntil(sleep(SETTLING_MS))));
  trial.say(`Two connections listen. ${heard.length} events were published.`);
  trial.server.cut({ transport: 'sse' });
  heard.push(...(await trial.publish(300)));
  await collector.waitFor(() => collector.ids.includes(lastOf(heard)), PATIENCE);
  trial.say('One was cut, 300 were published at once, and the collector has them: the other connection heard them.');

  await collector.down();
  heard.push(...(await trial.publish(100)));
  await sleep(WRITING_MS);
  await first.kill();
  trial.say('The collector is down, 100 more were published, and the program is killed: they are on the disk.');
  const unheard = await trial.publish(20);
  trial.say('20 are published while nobody listens.');

  await collector.up();
  const second = trial.start(env);
  await trial.listening();
  trial.say('The program is started again, and goes on where it was.');
  heard.push(...(await trial.publish(100)));
  const arrived = (): TestEvent[] => collector.accepted.flatMap(({ body }) => eventsIn(body));
  const gaps = (): TestEvent[] => arrived().filter(({ type }) => type === 'grantex.gap');
  await collector.waitFor(() => gaps().length > 0 && collector.ids.includes(lastOf(heard)), PATIENCE);
  await second.stop();

  const gap = gapOfTheKill(gaps());
  const delivered = new Set(collector.ids);
  const inGap = (event: TestEvent): boolean => !delivered.has(event.id) && trial.wasPublished(event, gap);
  const all = [...heard, ...unheard];
  trial.say(`It has recorded when nobody listened: ${all.filter(inGap).length} events fall into that gap.`);
  const ofGaps = new Set(idsOf(gaps()));
  trial.account(
    'collector',
    all.filter((event) => !inGap(event)),
    collector.ids.filter((id) => !ofGaps.has(id)),
  );
});

function lastOf(events: readonly TestEvent[]): string {
  return events.at(-1)?.id ?? '';
}

function gapOfTheKill(gaps: readonly TestEvent[]): { readonly from: number; readonly to: number } {
  const gap = gaps.find(({ data }) => String(data['cause']).startsWith('nobody was listening'));
  if (gap === undefined) throw new Error(`no gap of the kill among ${JSON.stringify(gaps)}`);
  return { from: Date.parse(String(gap.data['from'])), to: Date.parse(String(gap.data['to'])) };
}
