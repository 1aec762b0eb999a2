import { test } from 'vitest';
import { needService } from '../address.ts';
test('x', (context) => { const { VICTORIALOGS_URL } = needService('victorialogs', context); console.log(VICTORIALOGS_URL); });
test('y', (context) => { const { LOKI_URL } = needService('loki', context); console.log('never', LOKI_URL); });
