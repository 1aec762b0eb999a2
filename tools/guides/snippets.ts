import { readFileSync } from 'node:fs';

/** Where a program is sent instead of the addresses of the guides. */
export interface Addresses {
  readonly grantex: string;
  readonly datadog: string;
  readonly splunk: string;
}

const setup = read('datadog-setup');

/** Put behind the guide's class: uses it, and prints each call of its three methods after the call has succeeded. */
const CUSTOM_DESTINATION_IN_USE = `
import { EventSource } from '@grantex/destinations';

class WatchedDestination extends MyDestination {
  override async send(events: GrantexEvent[]): Promise<void> {
    await super.send(events);
    for (const event of events) console.log(\`sent \${event.id}\`);
  }

  override async flush(): Promise<void> {
    await super.flush();
    console.log('flushed');
  }

  override async close(): Promise<void> {
    await super.close();
    console.log('closed');
  }
}

const source = new EventSource({ url: 'https://api.grantex.dev', apiKey: process.env.GRANTEX_API_KEY! });
source.addDestination(new WatchedDestination());
${read('graceful-shutdown-short')}
await source.start();
`;

/** The snippets of the guides as programs, word for word: a fragment is put into the setup where it belongs. */
export const guidePrograms = {
  'basic-usage': read('basic-usage'),
  'datadog-setup': setup,
  filtering: replaceOnce(setup, sourceStatement(setup), read('filtering')),
  'graceful-shutdown': beforeStart(read('graceful-shutdown')),
  'graceful-shutdown-short': beforeStart(read('graceful-shutdown-short')),
  'custom-destination': read('custom-destination'),
  'custom-destination-in-use': read('custom-destination') + CUSTOM_DESTINATION_IN_USE,
  'fetch-stream': read('fetch-stream'),
} as const;

const KEY_LINE = 'apiKey: process.env.DD_API_KEY!,';
const SPLUNK_ADDRESS = 'https://splunk.example.com:8088';

/**
 * The program with nothing but its addresses replaced. Datadog's is not in the snippets: it follows from `site`. So
 * `endpoint` is written behind the key; the line with `site` stays.
 */
export function runnable(program: string, { grantex, datadog, splunk }: Addresses): string {
  const withGrantex = replaceOnce(program, 'https://api.grantex.dev', grantex).replace(SPLUNK_ADDRESS, splunk);
  if (!withGrantex.includes('new DatadogDestination')) return withGrantex;
  return replaceOnce(withGrantex, KEY_LINE, `${KEY_LINE} endpoint: '${datadog}',`);
}

/** `start()` runs until `stop()`, so a signal handler has to stand before it. */
function beforeStart(fragment: string): string {
  const start = 'await source.start();\n';
  return replaceOnce(setup, start, `${fragment}\n${start}`);
}

function sourceStatement(program: string): string {
  const [statement] = /^const source = .*?^\}\);\n/ms.exec(program) ?? [];
  if (statement === undefined) throw new Error('the setup makes no source');
  return statement;
}

function replaceOnce(text: string, found: string, replacement: string): string {
  const parts = text.split(found);
  if (parts.length !== 2) throw new Error(`expected once, found ${parts.length - 1} times: ${found}`);
  return parts.join(replacement);
}

function read(name: string): string {
  return readFileSync(new URL(`snippets/${name}.ts`, import.meta.url), 'utf8');
}
