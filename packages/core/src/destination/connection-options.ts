import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { describe } from '../option-problems.js';
import { option, type Complaint } from '../option-schemas.js';
import type { CodeOptions, OptionSchemas } from './file-options.js';
import { readTls, tls, type TlsOptions } from './tls-options.js';

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
  const connect = { timeout: 10_000, ...readTls(certificates) };
  const pool = { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect };
  if (proxy === undefined) return new Agent(pool);
  const through = proxy === 'environment' ? {} : { httpProxy: proxy, httpsProxy: proxy };
  const { ca } = connect;
  // The certificates are the service's; only the authority may be the proxy's as well.
  return new EnvHttpProxyAgent({ ...pool, ...through, requestTls: connect, ...(ca && { proxyTls: { ca } }) });
}
