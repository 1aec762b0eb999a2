import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTls } from '@grantex/core';
import { expect, onTestFinished, test } from 'vitest';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'grantex-tls-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('certificates: texts, or files that hold them', () => {
  const path = join(folder(), 'ca.pem');
  writeFileSync(path, PEM);
  expect(readTls({ ca: [path, PEM], cert: PEM, key: path })).toEqual({ ca: [PEM, PEM], cert: PEM, key: PEM });
  expect(readTls({ ca: path })).toEqual({ ca: [PEM] });
});

test('nothing is set that was not asked for: Node would take it for an order', () => {
  expect(readTls({})).toEqual({});
  expect(readTls({ ca: [], insecureSkipVerify: false })).toEqual({});
  expect(readTls({ insecureSkipVerify: true })).toEqual({ rejectUnauthorized: false });
});

test('what is no certificate is told, without its text or its path', () => {
  const path = join(folder(), 'not-a-certificate');
  writeFileSync(path, 'secret');
  expect(() => readTls({ ca: path })).toThrow(/^tls.ca: expected PEM text, .*, got a file without -----BEGIN in it$/);
  const absent = join(folder(), 'absent');
  expect(() => readTls({ key: absent })).toThrow(/^tls.key: .* cannot be read as a file \(ENOENT\)$/);
  expect(() => readTls({ key: absent })).not.toThrow('absent');
});
