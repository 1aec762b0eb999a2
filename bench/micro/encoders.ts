import type { GrantexEvent } from '@grantex/core';
import { createEncoder as datadogEncoder } from '../../packages/destination-datadog/src/encode.ts';
import { encodeEvent as encodeForHttp } from '../../packages/destination-http/src/encode.ts';
import { encodeEvent as encodeForLoki } from '../../packages/destination-loki/src/encode.ts';
import { encodeEvent as encodeForS3 } from '../../packages/destination-s3/src/encode.ts';
import { createEncoder as splunkEncoder } from '../../packages/destination-splunk/src/encode.ts';
import type { Task } from '../harness/time-tasks.ts';
import { texts } from './texts.ts';

const parsed = texts.map((text) => ({ text, event: JSON.parse(text) as GrantexEvent }));

const forDatadog = datadogEncoder({
  service: 'grantex',
  source: 'grantex',
  hostname: 'grantex-auth-service',
  tags: [],
  lateEvents: 'send',
});
const forSplunk = splunkEncoder({ index: 'main', source: 'grantex', sourcetype: '_json', host: 'grantex' });

function encoding(name: string, encode: (event: GrantexEvent, text: string) => unknown): Task {
  return { name, events: parsed.length, run: () => parsed.map(({ event, text }) => encode(event, text)) };
}

export const encoders: readonly Task[] = [
  encoding('datadog', (event, text) => forDatadog(event, text, Date.now())),
  encoding('http, array', (event, text) => encodeForHttp(event, text, { format: 'array', source: '/grantex' })),
  encoding('http, CloudEvents', (event, text) =>
    encodeForHttp(event, text, { format: 'cloudevents-batch', source: '/grantex' }),
  ),
  encoding('loki', (event, text) => encodeForLoki(event, text, true)),
  encoding('s3', (_event, text) => encodeForS3(text)),
  encoding('splunk', forSplunk),
];
