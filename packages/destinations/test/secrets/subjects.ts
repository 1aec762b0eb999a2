import { readFileSync } from 'node:fs';
import {
  BigQueryDestination,
  DatadogDestination,
  HttpDestination,
  KafkaDestination,
  LokiDestination,
  S3Destination,
  SplunkDestination,
  type Logger,
} from '../../src/index.js';

/** What is the same in all of them. */
export interface Common {
  readonly logger: Logger;
  readonly timeoutMs: number;
  readonly batchSize: number;
  readonly flushIntervalMs: number;
  readonly retry: { readonly initialMs: number; readonly maxMs: number; readonly holdMs: number };
}

export type Destination = HttpDestination | BigQueryDestination;

/** A destination with a recognisable secret in each of its secret options. */
export interface Subject {
  readonly secrets: readonly string[];
  /** Those, and what is made of them, that the service is sent, as far as it is sent any. */
  readonly sent?: readonly string[];
  /** `host` is `127.0.0.1:port`. */
  readonly options: (host: string) => Readonly<Record<string, unknown>>;
  readonly create: (options: Readonly<Record<string, unknown>>) => Destination;
}

function subject(type: new (options: never) => unknown, parts: Omit<Subject, 'create'>): Subject {
  return { ...parts, create: (options) => new type(options as never) as Destination };
}

/** `user:password`, as Basic authentication sends it. */
function basic(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}

const tlsKey = readFileSync(
  new URL('../../../destination-splunk/test/fixtures/server.key.pem', import.meta.url),
  'utf8',
);
const tlsCertificate = readFileSync(
  new URL('../../../destination-splunk/test/fixtures/server.cert.pem', import.meta.url),
  'utf8',
);
const tls = { cert: tlsCertificate, key: tlsKey };
const tlsSecrets = tlsKey.split('\n').filter((line) => line.length > 16 && !line.startsWith('-----'));

const datadogKey = 'dd0secret0datadog0key0aaaaaaaaaa';
const hecToken = 'hec-secret-token-5e1f7a52';
const s3Keys = {
  accessKeyId: 'AKIASECRETACCESSKEY',
  secretAccessKey: 's3/secret+access/key=',
  sessionToken: 's3-session-secret-token',
};
const lokiPassword = 'loki-secret-password';
const httpHeader = 'http-secret-bearer-token';
const urlKey = 'url-secret-key-0123456789';
const signatureSecret = `whsec_${Buffer.from('signature-secret-signature-secret').toString('base64')}`;
const kafkaPassword = 'kafka-secret-password';
const proxyPassword = 'proxy-secret-p@ssword';
const googleToken = 'ya29.google-secret-token';
const keyLine = 'Z29vZ2xlLXNlY3JldC1wcml2YXRlLWtleS1nb29nbGU';
const table = { projectId: 'acme-audit', datasetId: 'grantex', tableId: 'events' };
const credentials = {
  client_email: 'forwarder@acme-audit.iam.gserviceaccount.com',
  private_key_id: 'google-secret-private-key-id',
  // Nothing can be signed with it, so Google is never asked.
  private_key: `-----BEGIN PRIVATE KEY-----\n${keyLine}\n-----END PRIVATE KEY-----\n`,
};

function throughProxy(host: string): Record<string, unknown> {
  return { proxy: `http://forwarder:${encodeURIComponent(proxyPassword)}@${host}`, allowInsecureHosts: ['siem.test'] };
}
const proxySecrets = [proxyPassword, basic('forwarder', proxyPassword)];

/** Their services speak HTTP, so that the echo is an answer. */
export const HTTP_SUBJECTS: Readonly<Record<string, Subject>> = {
  datadog: subject(DatadogDestination, {
    secrets: [datadogKey, ...tlsSecrets],
    sent: [datadogKey],
    options: (host) => ({ apiKey: datadogKey, endpoint: `http://${host}`, tls }),
  }),
  splunk: subject(SplunkDestination, {
    secrets: [hecToken, ...tlsSecrets],
    sent: [hecToken],
    options: (host) => ({ hecUrl: `http://${host}`, hecToken, tls }),
  }),
  'splunk with acknowledgement': subject(SplunkDestination, {
    secrets: [hecToken],
    sent: [hecToken],
    options: (host) => ({ hecUrl: `http://${host}`, hecToken, acknowledgement: true, compression: 'none' }),
  }),
  s3: subject(S3Destination, {
    secrets: [...Object.values(s3Keys), ...tlsSecrets],
    sent: [s3Keys.accessKeyId, s3Keys.sessionToken],
    options: (host) => ({ ...s3Keys, bucket: 'acme-audit', endpoint: `http://${host}`, tls }),
  }),
  loki: subject(LokiDestination, {
    secrets: [lokiPassword, basic('12345', lokiPassword), ...tlsSecrets],
    sent: [basic('12345', lokiPassword)],
    options: (host) => ({ url: `http://${host}`, username: '12345', password: lokiPassword, tls }),
  }),
  http: subject(HttpDestination, {
    secrets: [httpHeader, urlKey, signatureSecret, signatureSecret.slice('whsec_'.length), ...tlsSecrets],
    sent: [httpHeader, urlKey],
    options: (host) => ({
      url: `http://${host}/hooks/${urlKey}?key=${urlKey}`,
      headers: { authorization: `Bearer ${httpHeader}`, 'x-key': `${httpHeader}-2` },
      signature: { secret: signatureSecret },
      tls,
    }),
  }),
  'bigquery with a client': subject(BigQueryDestination, {
    secrets: [googleToken],
    sent: [googleToken],
    options: (host) => ({
      ...table,
      client: {
        apiEndpoint: `http://${host}`,
        authClient: { getRequestHeaders: async () => new Headers({ authorization: `Bearer ${googleToken}` }) },
      },
    }),
  }),
  'datadog through a proxy': subject(DatadogDestination, {
    secrets: [datadogKey, ...proxySecrets],
    options: (host) => ({ apiKey: datadogKey, endpoint: 'http://siem.test', ...throughProxy(host) }),
  }),
  'splunk through a proxy': subject(SplunkDestination, {
    secrets: [hecToken, ...proxySecrets],
    options: (host) => ({ hecUrl: 'http://siem.test', hecToken, ...throughProxy(host) }),
  }),
  's3 through a proxy': subject(S3Destination, {
    secrets: [...Object.values(s3Keys), ...proxySecrets],
    options: (host) => ({ ...s3Keys, bucket: 'acme-audit', endpoint: 'http://siem.test', ...throughProxy(host) }),
  }),
  'loki through a proxy': subject(LokiDestination, {
    secrets: [lokiPassword, basic('12345', lokiPassword), ...proxySecrets],
    options: (host) => ({
      url: 'http://siem.test',
      username: '12345',
      password: lokiPassword,
      ...throughProxy(host),
    }),
  }),
  'http through a proxy': subject(HttpDestination, {
    secrets: [httpHeader, urlKey, ...proxySecrets],
    options: (host) => ({
      url: `http://siem.test/${urlKey}`,
      headers: { authorization: httpHeader },
      ...throughProxy(host),
    }),
  }),
  'https through a proxy': subject(HttpDestination, {
    secrets: [httpHeader, urlKey, ...proxySecrets],
    options: (host) => ({
      url: `https://siem.test/${urlKey}`,
      headers: { authorization: httpHeader },
      ...throughProxy(host),
    }),
  }),
};

/** Those whose answers come from elsewhere, or never. */
export const OTHER_SUBJECTS: Readonly<Record<string, Subject>> = {
  'bigquery insert-all': subject(BigQueryDestination, {
    secrets: [keyLine, credentials.private_key_id],
    options: (host) => ({ ...table, credentials, apiEndpoint: `https://${host}` }),
  }),
  'bigquery storage-write': subject(BigQueryDestination, {
    secrets: [keyLine, credentials.private_key_id],
    options: (host) => ({
      ...table,
      credentials,
      mode: 'storage-write',
      apiEndpoint: `https://${host}`,
      storageApiEndpoint: `https://${host}`,
    }),
  }),
  kafka: kafka('kafkajs', 'plain'),
  'kafka by SCRAM': kafka('kafkajs', 'scram-sha-256'),
  'kafka by @platformatic/kafka': kafka('@platformatic/kafka', 'plain'),
};

function kafka(library: string, mechanism: string): Subject {
  return subject(KafkaDestination, {
    secrets: [kafkaPassword],
    options: (host) => ({
      brokers: [host],
      topic: 'audit',
      library,
      sasl: { mechanism, username: 'grantex', password: kafkaPassword },
    }),
  });
}

export const SUBJECTS: Readonly<Record<string, Subject>> = { ...HTTP_SUBJECTS, ...OTHER_SUBJECTS };
