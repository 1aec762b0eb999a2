import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const PACKAGES = join(import.meta.dirname, '../..');

/**
 * What an installation of each package brings, by the manifest that is published. A row grows only on purpose: everybody who
 * installs the package pays for it.
 */
const BRINGS: Readonly<
  Record<string, { readonly dependencies: readonly string[]; readonly peers: readonly string[] }>
> = {
  core: { dependencies: ['eventsource-parser', 'undici', 'ws'], peers: [] },
  'journal-sqlite': { dependencies: [], peers: ['@grantex/core'] },
  'destination-bigquery': {
    dependencies: ['@google-cloud/bigquery', '@google-cloud/bigquery-storage'],
    peers: ['@grantex/core'],
  },
  'destination-datadog': { dependencies: [], peers: ['@grantex/core'] },
  'destination-file': { dependencies: [], peers: ['@grantex/core'] },
  'destination-http': { dependencies: [], peers: ['@grantex/core'] },
  'destination-kafka': { dependencies: ['kafkajs'], peers: ['@grantex/core', '@platformatic/kafka (optional)'] },
  'destination-loki': { dependencies: [], peers: ['@grantex/core'] },
  'destination-s3': { dependencies: ['@aws-sdk/client-s3'], peers: ['@grantex/core'] },
  'destination-splunk': { dependencies: [], peers: ['@grantex/core'] },
};

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly bundleDependencies?: readonly string[];
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantex-manifests-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.concurrent.each(Object.entries(BRINGS))(
  '%s: the packed manifest has these dependencies and no others',
  async (name, { dependencies, peers }) => {
    const manifest = await pack(name);
    const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
    const brings = { ...manifest.dependencies, ...manifest.optionalDependencies };
    expect(Object.keys(brings).toSorted()).toEqual(dependencies);
    expect(Object.values(brings).filter((version) => !/^\^?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(manifest.bundleDependencies).toBeUndefined();
    expect(
      Object.keys(peerDependencies)
        .toSorted()
        .map((peer) => (peerDependenciesMeta[peer]?.optional === true ? `${peer} (optional)` : peer)),
    ).toEqual(peers);
    expect(Object.keys(manifest.scripts ?? {}).filter((script) => /install$|^prepare/.test(script))).toEqual([]);
  },
  60_000,
);

test('the umbrella brings the core, every destination, and nothing else', async () => {
  const { dependencies = {}, peerDependencies } = await pack('destinations');
  const wanted = Object.keys(BRINGS).filter((name) => name === 'core' || name.startsWith('destination-'));
  expect(Object.keys(dependencies).toSorted()).toEqual(wanted.map((name) => `@grantex/${name}`).toSorted());
  expect(peerDependencies).toBeUndefined();
}, 60_000);

/** The manifest as it would be published. */
async function pack(name: string): Promise<Manifest> {
  const options = { cwd: join(PACKAGES, name) };
  const packed = await run('pnpm', ['pack', '--json', '--pack-destination', folder], options);
  const { filename } = JSON.parse(packed.stdout) as { readonly filename: string };
  const { stdout } = await run('tar', ['-xOf', filename, 'package/package.json']);
  return JSON.parse(stdout) as Manifest;
}
