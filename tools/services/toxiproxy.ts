/** Toxiproxy's HTTP API, as far as tests need it: a TCP proxy that cuts, delays, limits and truncates. */
import { randomUUID } from 'node:crypto';
import { serviceAddress } from './address.ts';

/** What happens to the bytes that pass. Times are milliseconds, from "Toxics" in Toxiproxy's README. */
export type Toxic =
  /** Delays everything by `latency` ± `jitter`. */
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter?: number } }
  /** At most `rate` kilobytes a second. */
  | { readonly type: 'bandwidth'; readonly attributes: { readonly rate: number } }
  /** The connection's end arrives late. */
  | { readonly type: 'slow_close'; readonly attributes: { readonly delay: number } }
  /** Nothing passes; the connection ends after `timeout`, with 0 when the toxic is removed. */
  | { readonly type: 'timeout'; readonly attributes: { readonly timeout: number } }
  /** A TCP reset after `timeout`. */
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } }
  /** Many small segments, `delay` microseconds apart. */
  | {
      readonly type: 'slicer';
      readonly attributes: { readonly average_size: number; readonly size_variation?: number; readonly delay?: number };
    }
  /** The connection ends after `bytes`, which truncates what is on its way. */
  | { readonly type: 'limit_data'; readonly attributes: { readonly bytes: number } };

export interface ToxicPlace {
  /** Towards the client (the answer) or towards the server (the request). @defaultValue 'downstream' */
  readonly stream?: 'downstream' | 'upstream';
  /** Share of connections that get it, from 0 to 1; the choice repeats, see `TOXIPROXY_SEED`. @defaultValue 1 */
  readonly toxicity?: number;
}

export interface ProxyOptions {
  /** For the server's log. The proxy's own name is made unique, so that test files do not meet. */
  readonly name: string;
  /** Host and port of the real server: `127.0.0.1:19428`. */
  readonly upstream: string;
  /** Host and port that clients connect to. @defaultValue a free port of 127.0.0.1 */
  readonly listen?: string;
}

export interface Proxy extends AsyncDisposable {
  /** Host and port that clients connect to. It stays over `cut` and `restore`. */
  readonly listen: string;
  /** Adds a toxic and resolves with the name to remove it by. */
  addToxic(toxic: Toxic & ToxicPlace): Promise<string>;
  removeToxic(name: string): Promise<void>;
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Takes connections again. */
  restore(): Promise<void>;
  /** Removes the proxy; `await using` does it by itself. */
  remove(): Promise<void>;
}

/** Puts a proxy in front of a server. Needs `pnpm services up toxiproxy`. */
export async function proxy(options: ProxyOptions): Promise<Proxy> {
  const name = `${options.name}-${randomUUID().slice(0, 8)}`;
  const path = `/proxies/${name}`;
  const made = await call<{ listen: string }>('POST', '/proxies', {
    name,
    upstream: options.upstream,
    listen: options.listen ?? '127.0.0.1:0',
    enabled: true,
  });
  const remove = async () => {
    await call('DELETE', path);
  };
  return {
    listen: made.listen,
    async addToxic({ type, attributes, stream = 'downstream', toxicity = 1 }) {
      const added = await call<{ name: string }>('POST', `${path}/toxics`, {
        name: `${type}-${randomUUID().slice(0, 8)}`,
        type,
        attributes,
        stream,
        toxicity,
      });
      return added.name;
    },
    async removeToxic(toxic) {
      await call('DELETE', `${path}/toxics/${toxic}`);
    },
    async cut() {
      await call('POST', path, { enabled: false });
    },
    async restore() {
      await call('POST', path, { enabled: true });
    },
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

async function call<Reply>(method: string, path: string, body?: unknown): Promise<Reply> {
  const address = serviceAddress('toxiproxy');
  if (address === undefined) throw new Error('toxiproxy does not run; start it with: pnpm services up toxiproxy');
  const response = await fetch(new URL(path, address.TOXIPROXY_URL), {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Toxiproxy answered ${method} ${path} with ${response.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Reply;
}
