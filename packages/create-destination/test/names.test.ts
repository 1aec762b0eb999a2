import { expect, test } from 'vitest';
import {
  classNameFor,
  classNameProblem,
  namesOf,
  packageNameFor,
  packageNameProblem,
  typeIn,
  typeProblem,
} from '../src/names.js';

test.each(['acme', 'acme-cloud', 'a', 's4', 'log2-x', 'x'.repeat(40)])('%s is a short name', (type) => {
  expect(typeProblem(type)).toBeUndefined();
  expect(packageNameProblem(packageNameFor(type))).toBeUndefined();
  expect(classNameProblem(classNameFor(type))).toBeUndefined();
});

test.each(['', 'Acme', '2acme', 'acme_cloud', 'acme--cloud', '-acme', 'acme-', 'acme cloud', 'äcme', 'x'.repeat(41)])(
  '%j is no short name',
  (type) => {
    expect(typeProblem(type)).toMatch(/^expected lower-case letters/);
  },
);

test.each(['datadog', 's3', 'http', 'connection', 'resolve'])('%s has a meaning already', (type) => {
  expect(typeProblem(type)).toMatch(/^expected a name of its own/);
});

test.each(['grantex-destination-acme', '@me/grantex-destination-acme', '@me.x/acme', 'acme_2', 'a.b'])(
  '%s is the name of a package',
  (name) => {
    expect(packageNameProblem(name)).toBeUndefined();
  },
);

test.each([
  '',
  'Acme',
  '.acme',
  '_acme',
  '@me',
  '@me/',
  '@/acme',
  '@me/_acme',
  'me/acme',
  'a b',
  '../acme',
  '@me/../acme',
  'acme/..',
  'node_modules',
  'favicon.ico',
  'x'.repeat(215),
])('%j is no name of a package', (name) => {
  expect(packageNameProblem(name)).toMatch(/^expected the name of a package/);
});

test.each(['acmeDestination', 'Acme', 'Destination2', 'Acme-Destination', 'ConnectionDestination'])(
  '%s is no name of the class',
  (name) => {
    expect(classNameProblem(name)).toBeDefined();
  },
);

test.each([
  ['acme', 'AcmeDestination', 'Acme', 'acme', 'ACME', 'Acme'],
  ['acme-cloud', 'AcmeCloudDestination', 'AcmeCloud', 'acmeCloud', 'ACME_CLOUD', 'Acme Cloud'],
  ['newrelic', 'NewRelicDestination', 'NewRelic', 'newRelic', 'NEW_RELIC', 'New Relic'],
  ['log2-x', 'Log2XDestination', 'Log2X', 'log2X', 'LOG2_X', 'Log2 X'],
  ['ibm', 'IBMDestination', 'IBM', 'ibm', 'IBM', 'IBM'],
  ['ibm-cloud', 'IBMCloudDestination', 'IBMCloud', 'ibmCloud', 'IBM_CLOUD', 'IBM Cloud'],
])('%s, %s: all its names', (type, className, pascal, camel, constant, title) => {
  const packageName = packageNameFor(type);
  expect(namesOf(type, packageName, className)).toEqual({ type, packageName, pascal, camel, constant, title });
});

test.each([
  ['acme', 'acme'],
  ['grantex-destination-acme', 'acme'],
  ['@me/grantex-destination-acme-cloud', 'acme-cloud'],
  ['@me/destination-acme', 'acme'],
  ['@me/acme', 'acme'],
])('%s is a package for %s', (name, type) => {
  expect(typeIn(name)).toBe(type);
});
