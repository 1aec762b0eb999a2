/**
 * A program of a user of the built umbrella, for lazy-clients.test.ts. Prints which modules of other packages were loaded after
 * each step, as JSON.
 */
import { registerHooks } from 'node:module';

const loaded = new Set();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});

/** The names of the packages from which something was loaded since the last time. */
function packagesSince() {
  const names = [...loaded].flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  loaded.clear();
  return [...new Set(names)].toSorted();
}

const umbrella = await import('@grantex/destinations');
const imported = packagesSince();

// Nothing listens on port 1 (tcpmux).
const dead = { timeoutMs: 10_000, logger: umbrella.silentLogger };
const table = { projectId: 'acme-audit', datasetId: 'grantex', tableId: 'events' };
const destinations = {
  s3: new umbrella.S3Destination({
    ...dead,
    bucket: 'acme-audit',
    endpoint: 'http://127.0.0.1:1',
    accessKeyId: 'AKIAEXAMPLE',
    secretAccessKey: 'not-a-secret',
  }),
  bigquery: new umbrella.BigQueryDestination({
    ...dead,
    ...table,
    mode: 'storage-write',
    storageApiEndpoint: 'http://127.0.0.1:1',
  }),
  kafka: new umbrella.KafkaDestination({ ...dead, brokers: ['127.0.0.1:1'], topic: 'audit' }),
  platformatic: new umbrella.KafkaDestination({
    ...dead,
    brokers: ['127.0.0.1:1'],
    topic: 'audit',
    library: '@platformatic/kafka',
  }),
  datadog: new umbrella.DatadogDestination({ ...dead, apiKey: 'not-a-key', endpoint: 'http://127.0.0.1:1' }),
  splunk: new umbrella.SplunkDestination({ ...dead, hecUrl: 'http://127.0.0.1:1', hecToken: 'not-a-token' }),
  loki: new umbrella.LokiDestination({ ...dead, url: 'http://127.0.0.1:1' }),
  http: new umbrella.HttpDestination({ ...dead, url: 'http://127.0.0.1:1' }),
  file: new umbrella.FileDestination({ ...dead, path: '-' }),
};
const constructed = packagesSince();

const used = {};
for (const [name, destination] of Object.entries(destinations)) {
  await destination.check();
  used[name] = packagesSince();
}
console.log(JSON.stringify({ imported, constructed, used }));
process.exit(0);
