// With keys in the environment this is forward.ts. Without, it tries forward.ts on this machine.
import { datadogReceiver } from '@grantex/testing';
import { runOrTry } from '../trial/run-or-try.ts';
import { PATIENCE } from '../trial/trial.ts';

await runOrTry(new URL('forward.ts', import.meta.url), async (trial) => {
  const datadog = await datadogReceiver();
  const program = trial.start({ DD_ENDPOINT: datadog.url, DD_API_KEY: datadog.apiKey });
  await trial.listening();
  trial.say('The program listens. 1,000 events are published.');
  const events = await trial.publish(1_000);
  await datadog.waitFor(1, PATIENCE);
  trial.say('The program is told to stop (SIGTERM): it delivers what waits.');
  await program.stop();
  trial.say(`It has ended, after ${datadog.counts.requests} requests.`);
  trial.account('Datadog', events, datadog.ids);
});
