import { dirname, join, resolve } from 'node:path';
import { option } from '@grantex/core';
import { bytesOf } from './byte-size.js';
import { fillIn, type FilledIn } from './filled-in-values.js';
import { findingsOf, tellFindings } from './findings.js';
import { check, problemsOf, withNumbersFromOutside } from './lenient-check.js';
import { readDocument } from './read-document.js';
import { UnreadableSettings, type Finding, type SettingsDocument } from './settings-document.js';
import { SettingsError } from './settings-problem.js';
import { journalOption, serverOption, type CheckedSettings } from './settings-schema.js';
import type { JournalSettings, ServerSettings } from './settings.js';

type Env = Readonly<Record<string, string | undefined>>;
type PlaceSections = Pick<CheckedSettings, 'journal' | 'server'>;

/** Of a Unix socket: 108 on Linux and 104 on macOS, with the zero at its end. */
const MAX_SOCKET_BYTES = 100;
const placesOption = option.object('Where the journal and the socket are.', {
  journal: journalOption,
  server: serverOption,
});

/**
 * The socket of the forwarder that runs by this file. Whatever else is wrong with the file, or not there in this shell, is
 * no matter: a command must reach a program whose newest settings are wrong. Throws a `SettingsError`.
 */
export async function findSocket(file: string, { env }: { readonly env: Env }): Promise<string> {
  const path = resolve(file);
  let document: SettingsDocument | undefined;
  let filledIn: FilledIn | undefined;
  const findings: Finding[] = [];
  try {
    ({ document } = await readDocument(path, env));
    const { journal = {}, server = {} } = document.value as { readonly journal?: unknown; readonly server?: unknown };
    filledIn = await fillIn({ ...document, value: { journal, server } }, path, env);
    const problems = (value: unknown): ReturnType<typeof problemsOf> => problemsOf(placesOption, value);
    const value = withNumbersFromOutside(filledIn.value, [], filledIn.origins, problems);
    findings.push(...filledIn.findings, ...findingsOf(problems(value), value, []));
    const checked = check(placesOption, value);
    if (!('problems' in checked) && findings.length === 0) {
      const folder = dirname(path);
      return serverSettings(checked.value, folder, journalSettings(checked.value, folder, env)).socket;
    }
  } catch (error) {
    if (!(error instanceof UnreadableSettings)) throw error;
    findings.push(...error.findings);
  }
  throw new SettingsError(tellFindings(findings, { file, document, filledIn }));
}

export function journalSettings({ journal }: PlaceSections, folder: string, env: Env): JournalSettings {
  const [stateFolder = ''] = (env['STATE_DIRECTORY'] ?? '').split(':');
  const usual = stateFolder === '' ? join(folder, 'grantex-forwarder-data') : stateFolder;
  return { ...journal, folder: resolve(folder, journal.folder ?? usual), maxBytes: bytesOf(journal.maxBytes) ?? 0 };
}

export function serverSettings({ server }: PlaceSections, folder: string, journal: JournalSettings): ServerSettings {
  const { http, host, port, socket, stopDeadlineMs } = server;
  return {
    http: http ? { host, port } : undefined,
    socket: socket === undefined ? join(journal.folder, 'control.sock') : resolve(folder, socket),
    stopDeadlineMs,
  };
}

export function socketFindings(socket: string, { server, journal }: PlaceSections): Finding[] {
  const bytes = Buffer.byteLength(socket);
  if (bytes <= MAX_SOCKET_BYTES) return [];
  const path =
    server.socket === undefined && journal.folder !== undefined ? ['journal', 'folder'] : ['server', 'socket'];
  const expected = `a socket whose absolute path has at most ${MAX_SOCKET_BYTES} bytes (a limit of Unix)`;
  return [{ path, expected, got: String(bytes), suggestion: 'set server.socket to a shorter path' }];
}
