import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { deployFolder, runTool } from './tool.ts';

const docker = join(deployFolder, 'docker');
const kubernetes = join(deployFolder, 'kubernetes');

/** The oldest in which ReadWriteOncePod is no longer beta, and the newest whose schemas the tool has. */
const KUBERNETES_VERSIONS = ['1.29', '1.37'];

/** Not of the set that is applied: a secret is not kept in files, and not every cluster has the Prometheus operator. */
const APART = ['kustomization.yaml', 'podmonitor.yaml', 'secret.example.yaml'];

export async function hadolintAcceptsImage(): Promise<void> {
  await runTool('hadolint', ['--no-color', '--failure-threshold', 'info', join(docker, 'Dockerfile')]);
}

/** No Compose is needed for this: the promises of the file, read from it. */
export async function composeIsHardened(): Promise<void> {
  const { services } = parse(await readFile(join(docker, 'compose.yaml'), 'utf8')) as {
    services: { forwarder: Readonly<Record<string, unknown>> };
  };
  const { read_only, cap_drop, security_opt, stop_grace_period, volumes } = services.forwarder;
  const expected = {
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    stop_grace_period: '30s',
    volumes: ['state:/var/lib/grantex-forwarder', './settings:/etc/grantex-forwarder:ro'],
  };
  const found = JSON.stringify({ read_only, cap_drop, security_opt, stop_grace_period, volumes });
  if (found !== JSON.stringify(expected)) throw new Error(`expected ${JSON.stringify(expected)}, got ${found}`);
}

async function manifests(...without: readonly string[]): Promise<string[]> {
  const names = await readdir(kubernetes);
  return names
    .filter((name) => !without.includes(name))
    .toSorted()
    .map((name) => join(kubernetes, name));
}

export async function kubernetesSchemasAccept(): Promise<void> {
  const files = await manifests('kustomization.yaml', 'podmonitor.yaml');
  for (const version of KUBERNETES_VERSIONS) {
    await runTool('kubernetes-validate', ['--strict', '--quiet', '--kubernetes-version', version, ...files]);
  }
}

/** Without a limit of the processor, on purpose: the manifest says why. */
export async function kubeScoreAccepts(): Promise<void> {
  const files = await manifests('kustomization.yaml');
  await runTool('kube-score', ['score', '--exit-one-on-warning', '--ignore-container-cpu-limit', ...files]);
}

async function readManifest(name: string): Promise<unknown> {
  return parse(await readFile(join(kubernetes, name), 'utf8'));
}

/** kustomization.yaml names every file but those apart, and the time to stop is longer than the forwarder's own. */
export async function manifestsAgree(): Promise<void> {
  const { resources } = (await readManifest('kustomization.yaml')) as { resources: string[] };
  const expected = (await manifests(...APART)).map((file) => file.slice(kubernetes.length + 1));
  if (resources.toSorted().join() !== expected.join()) {
    throw new Error(`kustomization.yaml names ${resources.join(', ')}; the folder has ${expected.join(', ')}`);
  }
  const { data } = (await readManifest('configmap.yaml')) as { data: { 'grantex-forwarder.yaml': string } };
  const { server } = parse(data['grantex-forwarder.yaml']) as { server: { stopDeadlineMs: number } };
  const { spec } = (await readManifest('statefulset.yaml')) as {
    spec: { template: { spec: { terminationGracePeriodSeconds: number } } };
  };
  const graceMs = spec.template.spec.terminationGracePeriodSeconds * 1_000;
  if (graceMs < server.stopDeadlineMs + 10_000) {
    throw new Error(
      `terminationGracePeriodSeconds leaves less than 10 s above stopDeadlineMs, ${server.stopDeadlineMs}`,
    );
  }
}
