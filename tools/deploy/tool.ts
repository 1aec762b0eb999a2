import { execFile } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const deployFolder = join(root, 'deploy');
const data = join(import.meta.dirname, '.data');

/** Where each tool of a check is. `systemd-analyze` and `systemd-sysusers` are the system's. */
const TOOLS = {
  hadolint: join(data, 'venv/bin/hadolint'),
  'kube-score': join(data, 'bin/kube-score'),
  'kubernetes-validate': join(data, 'venv/bin/kubernetes-validate'),
  promtool: join(data, 'bin/promtool'),
  'systemd-analyze': 'systemd-analyze',
  'systemd-sysusers': 'systemd-sysusers',
} as const;

const TIME_LIMIT_MS = 60_000;

/** Runs a tool; resolves with what it printed on both outputs, rejects with that when it fails, or when it is missing. */
export function runTool(name: keyof typeof TOOLS, args: readonly string[]): Promise<string> {
  return run(TOOLS[name], args, {}, `${name} is missing: run tools/deploy/install`);
}

/** Runs Node with `args`, and `environment` added to this process's. */
export function runNode(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  return run(process.execPath, args, environment, 'node is missing');
}

function run(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  missing: string,
): Promise<string> {
  const options = { cwd: root, timeout: TIME_LIMIT_MS, env: { ...process.env, NO_COLOR: '1', ...environment } };
  return new Promise((resolve, reject) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      if (error === null) resolve(output);
      else if (error.code === 'ENOENT') reject(new Error(missing));
      else reject(new Error(output === '' ? error.message : output));
    });
  });
}
