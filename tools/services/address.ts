/**
 * Where the servers of this folder are, for tests: read from the folder in which they run. Knows no test runner.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** What each server says about itself when it is ready, by the names of environment variables. */
export interface ServiceAddresses {
  readonly victorialogs: Settings<
    'VICTORIALOGS_URL' | 'VICTORIALOGS_DATADOG_URL' | 'VICTORIALOGS_LOKI_URL' | 'VICTORIALOGS_PID'
  >;
  readonly nginx: Settings<
    | 'NGINX_URL'
    | 'NGINX_KEYED_URL'
    | 'NGINX_SMALL_URL'
    | 'NGINX_LIMITED_URL'
    | 'NGINX_BASIC_URL'
    | 'NGINX_DEAD_URL'
    | 'NGINX_API_KEY'
    | 'NGINX_USER'
    | 'NGINX_PASSWORD'
    | 'NGINX_PID'
  >;
  readonly toxiproxy: Settings<'TOXIPROXY_URL' | 'TOXIPROXY_PID'>;
  readonly 'splunk-hec': Settings<'SPLUNK_HEC_URL' | 'SPLUNK_HEC_TOKEN' | 'SPLUNK_HEC_RECEIVED' | 'SPLUNK_HEC_PID'>;
  readonly s3: Settings<
    'S3_ENDPOINT' | 'S3_REGION' | 'S3_BUCKET' | 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY' | 'S3_PID'
  >;
  readonly kafka: Settings<
    | 'KAFKA_BROKERS'
    | 'KAFKA_SASL_BROKERS'
    | 'KAFKA_SASL_TLS_BROKERS'
    | 'KAFKA_SASL_USERNAME'
    | 'KAFKA_SASL_PASSWORD'
    | 'KAFKA_TLS_CA'
    | 'KAFKA_PROXY_UPSTREAM'
    | 'KAFKA_PROXY_BROKERS'
    | 'KAFKA_PID'
  >;
  readonly bigquery: Settings<
    | 'BIGQUERY_EMULATOR_HOST'
    | 'BIGQUERY_API_ENDPOINT'
    | 'BIGQUERY_STORAGE_EMULATOR_HOST'
    | 'BIGQUERY_PROJECT'
    | 'BIGQUERY_PID'
  >;
  readonly loki: Settings<'LOKI_URL' | 'LOKI_PID'>;
}

export type Settings<Key extends string> = Readonly<Record<Key, string>>;

export type ServiceName = keyof ServiceAddresses;

export const SERVICE_NAMES: readonly ServiceName[] = [
  'victorialogs',
  'nginx',
  'toxiproxy',
  'splunk-hec',
  's3',
  'kafka',
  'bigquery',
  'loki',
];

/** Builds, data and logs. Set `GRANTEX_SERVICES_DIR` to keep them elsewhere. */
export const SERVICES_DIR = resolve(process.env['GRANTEX_SERVICES_DIR'] ?? join(import.meta.dirname, '.data'));

/** A server that was started and not ended by `down`. There is one for each port. */
export interface Instance {
  readonly port: number;
  readonly pid: number;
  /** Unix epoch, milliseconds. */
  readonly startedAt: number;
  /** Whether the process is there. */
  readonly alive: boolean;
  /** Undefined until it is ready. */
  readonly address: Settings<string> | undefined;
}

/** The ports on which a server was ever started and not reset. */
export function ports(name: ServiceName): number[] {
  const runs = entries(join(SERVICES_DIR, name)).filter((entry) => entry.startsWith('run-'));
  return runs.map((entry) => Number(entry.slice('run-'.length))).toSorted((one, other) => one - other);
}

/** The variable by which a server is told its port: `KAFKA_PORT`. */
export function portVariable(name: ServiceName): string {
  return `${name.toUpperCase().replace('-', '_')}_PORT`;
}

/** The instances of a server by port, the dead ones included. */
export function instances(name: ServiceName): Instance[] {
  return ports(name).flatMap((port) => readInstance(join(SERVICES_DIR, name, `run-${port}`), port) ?? []);
}

/**
 * The address of a running server, or undefined when it does not run. Of several on different ports it is the one
 * named by the server's port variable (`KAFKA_PORT`), otherwise the lowest.
 */
export function serviceAddress<Name extends ServiceName>(name: Name): ServiceAddresses[Name] | undefined {
  const port = process.env[portVariable(name)];
  const running = instances(name).find(
    (instance) => instance.alive && (port === undefined || instance.port === Number(port)),
  );
  return running?.address as ServiceAddresses[Name] | undefined;
}

/** The part of a test's context that ends it as skipped, as vitest's does. */
export interface SkippableTest {
  skip(reason: string): never;
}

/**
 * The address of a server that a test cannot do without. Where it does not run, the test is skipped with a message
 * that says how to start it; with `CI=true` the test fails instead, so nothing is left out there unnoticed.
 */
export function needService<Name extends ServiceName>(name: Name, test: SkippableTest): ServiceAddresses[Name] {
  const address = serviceAddress(name);
  if (address !== undefined) return address;
  const message = `${name} does not run; start it with: pnpm services up ${name}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  if (!missed.has(name)) console.warn(`Tests are skipped: ${message}`); // reporters show no reasons by default
  missed.add(name);
  return test.skip(message);
}

/** The servers whose absence was told. */
const missed = new Set<ServiceName>();

/** Reads `KEY=value` lines. */
export function parseAddress(text: string): Settings<string> {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

// The files are written by servers/lib.sh.
function readInstance(folder: string, port: number): Instance | undefined {
  const pid = Number(readText(join(folder, 'pid')));
  if (!(pid > 0)) return undefined;
  const address = readText(join(folder, 'address'));
  return {
    port,
    pid,
    startedAt: Math.floor(statSync(join(folder, 'pid'), { throwIfNoEntry: false })?.mtimeMs ?? 0),
    alive: worksIn(pid, folder),
    address: address === undefined ? undefined : parseAddress(address),
  };
}

// A server works in its own folder; a foreign process to which the system gave the same pid does not.
function worksIn(pid: number, folder: string): boolean {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}${sep}`.startsWith(`${realpathSync(folder)}${sep}`);
  } catch {
    return false; // the process has ended
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // never started
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // ended, or not ready yet
  }
}
