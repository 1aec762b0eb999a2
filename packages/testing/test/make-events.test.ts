import { expect, test } from 'vitest';
import { EVENT_TYPES, eventStream, makeEvent, makeEvents, type TestEvent } from '../src/index.js';

const ULID = '[0-9A-HJKMNP-TV-Z]{26}';

function countByType(events: readonly TestEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

test('the same seed gives the same events, another seed others', () => {
  expect(makeEvents(200, { seed: 7 })).toEqual(makeEvents(200, { seed: 7 }));
  expect(makeEvents(3, { seed: 7 })).not.toEqual(makeEvents(3, { seed: 8 }));
});

test('every type of the catalogue within some dozens of events, token.issued and grant.created most', () => {
  const counts = countByType(makeEvents(75));
  expect(EVENT_TYPES).toHaveLength(28);
  expect([...counts.keys()].toSorted()).toEqual([...EVENT_TYPES].toSorted());
  const [first, second] = [...counts].toSorted(([, a], [, b]) => b - a);
  expect([first?.[0], second?.[0]]).toEqual(['token.issued', 'grant.created']);
});

test('ids are unique, evt_ and a ULID; createdAt does not go back', () => {
  const events = makeEvents(5_000);
  expect(new Set(events.map(({ id }) => id)).size).toBe(5_000);
  for (const { id } of events) expect(id).toMatch(new RegExp(`^evt_${ULID}$`));
  const times = events.map(({ createdAt }) => createdAt);
  expect(times).toEqual(times.toSorted());
  expect(times[0]).toBe('2026-03-01T12:00:00.000Z');
});

test('sizes are those of the real server', () => {
  const sizes = makeEvents(2_000).map((event) => Buffer.byteLength(JSON.stringify(event)));
  const typical = sizes.filter((size) => size >= 130 && size <= 450);
  expect(typical.length / sizes.length).toBeGreaterThan(0.98);
});

test('startTime and types are taken, and an unknown type has empty data', () => {
  const startTime = Date.UTC(2030, 0, 1);
  const [first] = makeEvents(1, { startTime, types: ['future.type'] });
  expect(first).toMatchObject({ type: 'future.type', createdAt: '2030-01-01T00:00:00.000Z', data: {} });
  expect(() => makeEvents(1, { types: [] })).toThrow('types:');
});

test('the two events of an exchange share their grant', () => {
  const events = makeEvents(500);
  const created = new Set(events.filter(({ type }) => type === 'grant.created').map(({ data }) => data['grantId']));
  const shared = events.filter(({ type, data }) => type === 'token.issued' && created.has(data['grantId']));
  expect(shared.length).toBeGreaterThan(50);
});

test('eventStream goes on for ever', () => {
  const stream = eventStream({ seed: 3 });
  const events = Array.from({ length: 100 }, () => stream.next().value);
  expect(events).toEqual(makeEvents(100, { seed: 3 }));
});

test('makeEvent: of now, with an own id, and overrides over its fields and data', () => {
  const event = makeEvent('budget.threshold', { id: 'evt_1', data: { pct: 80 } });
  expect(event).toMatchObject({
    id: 'evt_1',
    type: 'budget.threshold',
    data: { pct: 80, remaining: expect.any(String) },
  });
  expect(Math.abs(Date.parse(event.createdAt) - Date.now())).toBeLessThan(5_000);
  expect(makeEvent().id).not.toBe(makeEvent().id);
});

test('every type has exactly the fields of the catalogue', () => {
  const seen = new Map<string, Set<string>>();
  for (const { type, data } of makeEvents(3_000)) {
    const fields = seen.get(type) ?? new Set();
    seen.set(type, new Set([...fields, ...Object.keys(data)]));
  }
  const fields = Object.fromEntries([...seen].map(([type, names]) => [type, [...names].toSorted().join(' ')]));
  expect(fields).toEqual({
    'grant.created': 'agentId delegationDepth expiresAt grantId parentGrantId principalId scopes',
    'grant.revoked': 'cascade grantId',
    'token.issued': 'agentId expiresAt grantId principalId scopes tokenId',
    'budget.threshold': 'grantId pct remaining',
    'budget.exhausted': 'grantId remaining',
    'fido.registered': 'credentialId principalId',
    'fido.assertion': 'authRequestId principalId',
    'vc.issued': 'grantId vcId',
    'sd-jwt.issued': 'grantId vcId',
    'sd-jwt.presented': 'presentationId vcId',
    'passport.issued': 'agentId categories grantId passportId',
    'passport.revoked': 'passportId',
    'passport.token-exchange': 'grantId',
    'sso.login': 'connectionId email protocol sessionId',
    'sso.connection.created': 'connectionId protocol',
    'sso.connection.updated': 'connectionId',
    'sso.connection.deleted': 'connectionId',
    'vault.credential.stored': 'credentialId principalId service',
    'vault.credential.deleted': 'credentialId principalId service',
    'vault.credential.exchanged': 'credentialId grantId principalId service',
    'consent_bundle.created': 'agentId bundleId grantId userId',
    'consent_bundle.synced': 'accepted bundleId',
    'consent_bundle.revoked': 'bundleId revokeGrant',
    'dpdp.consent.created': 'dataPrincipalId grantId recordId',
    'dpdp.consent.withdrawn': 'dataDeleted grantRevoked reason recordId',
    'dpdp.grievance.filed': 'dataPrincipalId grievanceId referenceNumber type',
    'dpdp.erasure.completed': 'dataPrincipalId grantsRevoked recordsErased requestId',
    'anomaly.auto_revoked': 'anomalyCount revokedGrants',
  });
});

test('a clock says when each event is made', () => {
  const times = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)];
  const stream = eventStream({ now: () => times.shift() ?? 0, types: ['grant.created'] });
  const [one, two] = [stream.next().value, stream.next().value];
  expect([one.createdAt, two.createdAt]).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z']);
  expect(two.data['expiresAt']).toBe('2026-01-03T00:00:00.000Z');
});
