import { expect, test } from 'vitest';
import { apiOrigin, intakeOrigin, parseSite, siteComplaints } from '../src/site.js';

// The hosts are written out as in the lists of "Send logs" and "Validate API key" of Datadog's API reference.
test.each([
  ['US1', 'https://http-intake.logs.datadoghq.com', 'https://api.datadoghq.com'],
  ['US3', 'https://http-intake.logs.us3.datadoghq.com', 'https://api.us3.datadoghq.com'],
  ['US5', 'https://http-intake.logs.us5.datadoghq.com', 'https://api.us5.datadoghq.com'],
  ['EU', 'https://http-intake.logs.datadoghq.eu', 'https://api.datadoghq.eu'],
  ['EU1', 'https://http-intake.logs.datadoghq.eu', 'https://api.datadoghq.eu'],
  ['AP1', 'https://http-intake.logs.ap1.datadoghq.com', 'https://api.ap1.datadoghq.com'],
  ['AP2', 'https://http-intake.logs.ap2.datadoghq.com', 'https://api.ap2.datadoghq.com'],
  ['UK1', 'https://http-intake.logs.uk1.datadoghq.com', 'https://api.uk1.datadoghq.com'],
  ['US1-FED', 'https://http-intake.logs.ddog-gov.com', 'https://api.ddog-gov.com'],
  ['US2-FED', 'https://http-intake.logs.us2.ddog-gov.com', 'https://api.us2.ddog-gov.com'],
])('%s has the hosts of the documentation', (name, intake, api) => {
  const site = parseSite(name);
  expect([intakeOrigin(site), apiOrigin(site)]).toEqual([intake, api]);
});

test.each([
  ['datadoghq.com', 'datadoghq.com'],
  ['us5.datadoghq.com', 'us5.datadoghq.com'],
  ['Datadoghq.EU', 'datadoghq.eu'],
  ['eu', 'datadoghq.eu'],
  ['us1-fed', 'ddog-gov.com'],
  ['https://app.datadoghq.eu/logs?query=source%3Agrantex', 'datadoghq.eu'],
  ['https://us3.datadoghq.com/', 'us3.datadoghq.com'],
  ['https://app.ddog-gov.com/organization-settings/api-keys', 'ddog-gov.com'],
  ['app.datadoghq.com', 'datadoghq.com'],
  ['https://api.us5.datadoghq.com/api/v1/validate', 'us5.datadoghq.com'],
  ['https://http-intake.logs.ap1.datadoghq.com/api/v2/logs', 'ap1.datadoghq.com'],
  ['us9.datadoghq.com', 'us9.datadoghq.com'],
  ['logs.internal.example', 'logs.internal.example'],
])('%s is the site %s', (given, site) => {
  expect(parseSite(given)).toBe(site);
  expect(siteComplaints(given)).toEqual([]);
});

test.each([
  '',
  ' ',
  'EU 1',
  'US9',
  'localhost',
  'datadoghq.com/api',
  'datadoghq.com:443',
  'datadoghq..com',
  '-datadoghq.com',
  '127.0.0.1',
  'file:///etc/hosts',
  `${'a'.repeat(64)}.com`,
])('%j is no site', (given) => {
  expect(siteComplaints(given)).toEqual([
    {
      expected: expect.stringMatching(/^a Datadog site such as datadoghq\.eu, or one of US1, /),
      got: expect.any(String),
    },
  ]);
});

test('a key in place of the site is not shown', () => {
  const key = '0123456789abcdef0123456789abcdef';
  expect(siteComplaints(key)[0]?.got).toBe('a text of 32 characters');
});
