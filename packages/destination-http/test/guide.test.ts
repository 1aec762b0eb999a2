import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');
const guide = readFileSync(join(PACKAGE, '../../docs/write-a-destination.md'), 'utf8');
const files = globSync(['src/*.ts', 'test/contract.test.ts'], { cwd: PACKAGE });
const sources = files.map((file) => readFileSync(join(PACKAGE, file), 'utf8')).join('\n');
const examples = [...guide.matchAll(/```ts\n([\s\S]*?)\n```/g)].map(([, code = '']) => code);

test('the guide has examples', () => {
  expect(examples.length).toBeGreaterThan(5);
});

test.each(examples)('the guide shows what is in this package: %s', (code) => {
  expect(sources).toContain(code);
});
