// With keys in the environment this is service.ts. Without, it tries service.ts on this machine.
import { datadogReceiver } from '@grantex/testing';
import { Lines } from '../trial/lines.ts';
import { runOrTry } from '../trial/run-or-try.ts';
import { PATIENCE } from '../trial/trial.ts';

await runOrTry(new URL('service.ts', import.meta.url), async (trial) => {
  const datadog = await datadogReceiver();
  const output = new Lines();
  const env = { DD_ENDPOINT: datadog.url, DD_API_KEY: datadog.apiKey, PORT: '0' };
  const service = trial.start(env, { onLine: output.add });
  const address = (await output.find('listens at')).split(' ').at(-1) ?? '';
  trial.say(`The service answers at ${address}, before a first event came:`);
  await show(`${address}/`);
  await show(`${address}/health/events`);

  await trial.listening();
  const events = await trial.publish(500);
  await datadog.waitFor(1, PATIENCE);
  trial.say('500 events were published, and the first are at Datadog:');
  await show(`${address}/health/events`);

  await service.stop();
  trial.say('The service was told to stop (SIGTERM): it has delivered what waited, and has ended.');
  trial.account('Datadog', events, datadog.ids);
});

/** Asks, and prints the beginning of the answer. */
async function show(url: string): Promise<void> {
  const response = await fetch(url);
  const text = await response.text();
  console.log(
    `         GET ${new URL(url).pathname}  ${response.status}  ${text.slice(0, 110)}${text.length > 110 ? ' …' : ''}`,
  );
}
