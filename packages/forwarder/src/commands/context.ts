import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { CommandFailure, EXIT } from '../exit-codes.js';

/** What a command sees of the world: tests give it another one. */
export interface CommandContext {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly folder: string;
  /** Aborts at SIGINT and SIGTERM: the command ends soon. */
  readonly signal: AbortSignal;
}

const USUAL_FILES = [
  'grantex-forwarder.yaml',
  'grantex-forwarder.yml',
  'grantex-forwarder.json',
  'grantex-forwarder.config.ts',
  'grantex-forwarder.config.js',
  '/etc/grantex-forwarder/grantex-forwarder.yaml',
];

/** `--config`, which nearly every command has. */
export function configOption(): Option {
  return new Option('-c, --config <file>', `the file of settings (default: ${USUAL_FILES[0]} here, then in /etc)`).env(
    'GRANTEX_FORWARDER_CONFIG',
  );
}

/** `--json`, for programs. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON, for programs');
}

/** The file of settings: the one that was given, or the first of the usual ones that there is. Absolute. */
export function settingsFile(given: string | undefined, { folder }: Pick<CommandContext, 'folder'>): string {
  if (given !== undefined) return resolve(folder, given);
  const found = USUAL_FILES.map((name) => resolve(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  const looked = USUAL_FILES.join(', ');
  throw new CommandFailure(
    `no file of settings: looked for ${looked}. Write one with "grantex-forwarder init", or name one with --config`,
    EXIT.settings,
  );
}
