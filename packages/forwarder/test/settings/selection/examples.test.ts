import type { GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileFilter, filterOption } from '../../../src/settings/selection/filter.js';
import { compileTransform, transformOption } from '../../../src/settings/selection/transform.js';
import { checked } from './selecting.js';

/** The example of the README. The hash is what `openssl dgst -sha256 -hmac` says. */
const SETTINGS = `
filter:
  types: [grant.*, token.issued, '!grant.revoked']
  where:
    data.agentId: [agent_1, agent_2]
    data.scopes: payments:write
transform:
  - add: { data.environment: prod }
  - drop: [data.expiresAt]
  - rename: { data.principalId: data.userId }
  - redact: { paths: [data.userId], with: hash, key: 'an example key, not a secret' }
`;

const GRANT =
  '{"id":"evt_1","type":"grant.created","createdAt":"2026-03-01T00:00:00.000Z","data":{"grantId":"grnt_1","agentId":"agent_1",' +
  '"principalId":"user_1","scopes":["payments:read","payments:write"],"expiresAt":"2026-03-02T00:00:00.000Z"}}';

const SENT =
  '{"id":"evt_1","type":"grant.created","createdAt":"2026-03-01T00:00:00.000Z","data":{"grantId":"grnt_1","agentId":"agent_1",' +
  '"scopes":["payments:read","payments:write"],"environment":"prod","userId":"22c770211740668b7cbf7bf7fe02280a"}}';

const settings = parse(SETTINGS) as { readonly filter: unknown; readonly transform: unknown };

test.each([
  ['the grant', GRANT, true],
  ['another agent', GRANT.replace('agent_1', 'agent_3'), false],
  ['another scope', GRANT.replace('payments:write', 'other'), false],
  ['a token', GRANT.replace('grant.created', 'token.issued'), true],
  ['a type that is kept out', GRANT.replace('grant.created', 'grant.revoked'), false],
])('the filter of the README: %s', (_what, text, expected) => {
  const isSelected = compileFilter(checked(filterOption, settings.filter));
  expect(isSelected(JSON.parse(text) as GrantexEvent)).toBe(expected);
});

test('the transform of the README', () => {
  const transform = compileTransform(checked(transformOption, settings.transform));
  expect(JSON.stringify(transform(JSON.parse(GRANT) as GrantexEvent))).toBe(SENT);
});
