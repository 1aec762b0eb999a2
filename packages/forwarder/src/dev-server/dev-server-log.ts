import type { ConnectionNews } from '@grantex/testing';
import { DEV_SERVER_KEY, DEV_SERVER_URL } from '../commands/init/plan.js';
import { formatCount, formatNumberOf, formatRate, paint, type Output } from '../commands/terminal.js';

export interface TrafficSummary {
  /** Since the start. */
  readonly published: number;
  readonly unheard: number;
  readonly connections: number;
}

const TRANSPORTS = { sse: 'SSE', websocket: 'WebSocket' } as const;

/** What the event server prints: lines for people, or a JSON object a line. */
export class DevServerLog {
  readonly #stream: Output;
  readonly #json: boolean;
  readonly #now: () => number;
  #last: { readonly at: number; readonly published: number };

  constructor(stream: Output, { json, now = Date.now }: { readonly json: boolean; readonly now?: () => number }) {
    this.#stream = stream;
    this.#json = json;
    this.#now = now;
    this.#last = { at: now(), published: 0 };
  }

  listening(url: string, key: string): void {
    // For this one `init` writes the key into the file.
    const isUsual = url === DEV_SERVER_URL && key === DEV_SERVER_KEY;
    const text = `Events are at ${paint('bold', url, this.#stream)}, for the key ${key}

To forward them, in another terminal:

  grantex-forwarder init --source-url ${url} --destination file --set file.path=events.ndjson --yes
  ${isUsual ? '' : `GRANTEX_API_KEY=${key} `}grantex-forwarder run

Or into the file of settings that there is:

  sources:
    dev:
      url: ${url}
      apiKey: ${key}

Ctrl-C ends this server.
`;
    this.#write('listening', { url, api_key: key }, text);
  }

  connection(news: ConnectionNews, connections: number): void {
    if (news.what === 'refused') {
      const text =
        news.status === 401 ? 'refused a connection: wrong key (401)' : `refused a connection: ${news.status}`;
      this.#write('refused', { status: news.status, connections }, text);
    } else {
      const { what, transport } = news;
      const text = `a connection ${what} (${TRANSPORTS[transport]}), ${formatNumberOf(connections, 'connection')} now`;
      this.#write(what, { transport, connections }, text);
    }
  }

  summary({ published, unheard, connections }: TrafficSummary): void {
    const at = this.#now();
    const perSecond = ((published - this.#last.published) * 1_000) / Math.max(1, at - this.#last.at);
    this.#last = { at, published };
    const lost = unheard === 0 ? '' : `, ${formatCount(unheard)} of them while nobody listened`;
    const text = `${formatNumberOf(published, 'event')} published, ${formatRate(perSecond)}${lost}, ${formatNumberOf(connections, 'connection')}`;
    const rate = Math.round(perSecond * 10) / 10;
    this.#write('summary', { published, per_second: rate, unheard, connections }, text);
  }

  ended(published: number): void {
    const text = `all ${formatNumberOf(published, 'event')} are published; connections stay open until Ctrl-C`;
    this.#write('published', { published }, text);
  }

  #write(event: string, fields: Readonly<Record<string, string | number>>, text: string): void {
    const time = new Date(this.#now()).toISOString();
    if (this.#json) this.#stream.write(`${JSON.stringify({ time, event, ...fields })}\n`);
    else this.#stream.write(event === 'listening' ? `${text}\n` : `${time.slice(11, 19)} ${text}\n`);
  }
}
