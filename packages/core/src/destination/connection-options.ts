import { readFileSync } from 'node:fs';
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { OptionError } from '../errors.js';
import { describe } from '../option-problems.js';
import { option, type Complaint } from '../option-schemas.js';
import type { CodeOptions, OptionSchemas } from './file-options.js';

/** Certificates. Each is a PEM text, or the path of a file that holds one; files are read once, at the start. */
export interface TlsOptions {
  /** Whom to trust, instead of the usual authorities. */
  readonly ca?: string | readonly string[];
  /** The certificate that shows who we are, for services that ask for one. Needs `key`. */
  readonly cert?: string;
  /** The private key of `cert`. */
  readonly key?: string;
  /**
   * Takes any certificate, so that anybody on the way can read the key and the events. For a first try only; a warning is
   * logged at each start. @defaultValue false
   */
  readonly insecureSkipVerify?: boolean;
}

/** How a service is reached, for every destination that speaks HTTP. */
export interface ConnectionOptions extends Pick<CodeOptions, 'dispatcher'> {
  readonly tls?: TlsOptions;
  /**
   * URL of a proxy, with user name and password if it asks for them; or `environment`, to use `HTTPS_PROXY` and
   * `HTTP_PROXY`. Hosts in the environment variable `NO_PROXY` are reached directly. @defaultValue none
   */
  readonly proxy?: string;
  /** Hosts beside loopback to which a key may be sent over plain `http`. @defaultValue none */
  readonly allowInsecureHosts?: readonly string[];
}

const { optional } = option;
const PEM = 'PEM text, or the path of a file that holds it';

const tls = option.object(
  'Certificates.',
  {
    ca: optional(option.oneOrMore('Whom to trust: PEM texts or paths of PEM files.', PEM, option.text(PEM))),
    cert: optional(option.text('The certificate that shows who we are: PEM text or path of a PEM file.')),
    key: optional(option.text('The private key of cert: PEM text or path of a PEM file.')),
    insecureSkipVerify: optional(option.flag('Take any certificate. For a first try only.')),
  },
  ({ cert, key }) => {
    if ((cert === undefined) === (key === undefined)) return [];
    return cert === undefined
      ? [{ at: 'cert', expected: 'the certificate of tls.key', got: 'nothing' }]
      : [{ at: 'key', expected: 'the private key of tls.cert', got: 'nothing' }];
  },
);

/** The schemas of {@link ConnectionOptions}, to be put into a destination's own. */
export const connectionOptions = {
  tls: optional(tls),
  proxy: optional(option.text('URL of a proxy, or "environment" for HTTPS_PROXY and HTTP_PROXY.', proxyComplaints)),
  allowInsecureHosts: optional(
    option.list(
      'Hosts beside loopback to which a key may be sent over plain http.',
      "['host.example']",
      option.text('The name of a host.'),
    ),
  ),
} satisfies OptionSchemas<ConnectionOptions>;

function proxyComplaints(proxy: string): readonly Complaint[] {
  if (proxy === 'environment') return [];
  const protocol = URL.canParse(proxy) ? new URL(proxy).protocol : '';
  if (['http:', 'https:', 'socks5:'].includes(protocol)) return [];
  return [{ expected: "a URL such as http://proxy.example:3128, or 'environment'", got: describe(proxy) }];
}

/** What must not be seen in a message: the password of the proxy, also as it is sent. */
export function connectionSecrets({ proxy }: ConnectionOptions): string[] {
  if (proxy === undefined || !URL.canParse(proxy)) return [];
  const { username, password } = new URL(proxy);
  if (password === '') return [];
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [password, decodeURIComponent(password), Buffer.from(credentials).toString('base64')];
}

/**
 * A connection pool for one destination. Time-outs are the attempt's, so the pool has none but for connecting. Throws an
 * `OptionError` when a file cannot be read.
 */
export function createHttpAgent(
  connections: number,
  { tls: certificates = {}, proxy }: Pick<ConnectionOptions, 'tls' | 'proxy'> = {},
): Dispatcher {
  const connect = { timeout: 10_000, ...secureContext(certificates) };
  const pool = { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect };
  if (proxy === undefined) return new Agent(pool);
  const through = proxy === 'environment' ? {} : { httpProxy: proxy, httpsProxy: proxy };
  const { ca } = connect;
  // The certificates are the service's; only the authority may be the proxy's as well.
  return new EnvHttpProxyAgent({ ...pool, ...through, requestTls: connect, ...(ca && { proxyTls: { ca } }) });
}

function secureContext({ ca, cert, key, insecureSkipVerify }: TlsOptions): {
  ca?: string[];
  cert?: string;
  key?: string;
  rejectUnauthorized?: false;
} {
  const authorities = ca === undefined ? [] : [ca].flat();
  return {
    ...(authorities.length > 0 && { ca: authorities.map((authority) => readPem('tls.ca', authority)) }),
    ...(cert !== undefined && { cert: readPem('tls.cert', cert) }),
    ...(key !== undefined && { key: readPem('tls.key', key) }),
    ...(insecureSkipVerify === true && { rejectUnauthorized: false }),
  };
}

function readPem(name: string, value: string): string {
  const isText = value.includes('-----BEGIN');
  const pem = isText ? value : readFile(name, value);
  if (pem.includes('-----BEGIN')) return pem;
  throw new OptionError(name, PEM, 'a file without -----BEGIN in it');
}

function readFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // The path is not shown: it may be a key without its first line.
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new OptionError(name, PEM, `something that cannot be read as a file (${reason})`);
  }
}
