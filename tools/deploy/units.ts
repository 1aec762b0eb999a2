import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deployFolder, runTool } from './tool.ts';

const folder = join(deployFolder, 'systemd');
const UNITS = ['grantex-forwarder.service', 'grantex-forwarder@.service'];

/** What the units name, so that they can be verified without a system that has them. */
const TARGETS = ['basic', 'multi-user', 'network-online', 'shutdown', 'sysinit'];
const PROGRAMS = ['/opt/grantex-forwarder/current/bin/grantex-forwarder', '/bin/kill'];

/** systemd's measure of what a unit may do, 0 to 100: it calls anything below 20 safe. */
const EXPOSURE_LIMIT = 20;

/** Comments, and what a takeover changes. */
const MAY_DIFFER = /^(#|ExecStart=|Restart=)/;

/** `systemd-analyze verify` has nothing to say about the units in a root folder made for them. */
export async function systemdAcceptsUnits(scratch: string): Promise<void> {
  const rootFolder = join(scratch, 'root');
  const place = async (path: string, text: string, mode: number) => {
    await mkdir(dirname(join(rootFolder, path)), { recursive: true });
    await writeFile(join(rootFolder, path), text, { mode });
  };
  for (const target of TARGETS) {
    await place(`/usr/lib/systemd/system/${target}.target`, `[Unit]\nDescription=${target}\n`, 0o644);
  }
  for (const program of PROGRAMS) await place(program, '#!/bin/sh\n', 0o755);
  const unitFolder = join(rootFolder, 'etc/systemd/system');
  await mkdir(unitFolder, { recursive: true });
  for (const unit of UNITS) {
    await copyFile(join(folder, unit), join(unitFolder, unit));
    const output = await runTool('systemd-analyze', ['verify', '--man=no', `--root=${rootFolder}`, unit]);
    // It only warns of a key or value that it does not know.
    if (output !== '') throw new Error(output);
  }
}

/** `systemd-analyze security` calls the units safe. */
export async function unitsAreHardened(): Promise<void> {
  for (const unit of UNITS) {
    const args = ['security', '--offline=true', `--threshold=${EXPOSURE_LIMIT}`, '--no-pager', join(folder, unit)];
    await runTool('systemd-analyze', args);
  }
}

export async function systemdAcceptsUser(scratch: string): Promise<void> {
  const file = join(folder, 'grantex-forwarder.sysusers.conf');
  const output = await runTool('systemd-sysusers', ['--dry-run', `--root=${scratch}`, file]);
  if (!output.includes('grantex-forwarder')) throw new Error(`it would make no user: ${output}`);
}

/** The template differs from the plain unit in what a takeover asks for, and is hardened alike. */
export async function unitsAgree(): Promise<void> {
  const [plain = '', template = ''] = await Promise.all(
    UNITS.map(async (unit) => {
      const [, service = ''] = (await readFile(join(folder, unit), 'utf8')).split('[Service]');
      const settings = service.split('\n').filter((line) => line !== '' && !MAY_DIFFER.test(line));
      return settings.join('\n');
    }),
  );
  if (plain !== template) throw new Error(`[Service] of the plain unit:\n${plain}\n\nof the template:\n${template}`);
}
