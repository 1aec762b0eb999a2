import { relative } from 'node:path';
import { Command } from 'commander';
import type { CheckResult } from '@grantex/core';
import { CommandFailure } from '../exit-codes.js';
import { loadSettings } from '../settings/load-settings.js';
import { SettingsError, type SettingsProblem } from '../settings/settings-problem.js';
import type { Settings } from '../settings/settings.js';
import { configOption, jsonOption, settingsFile, type CommandContext } from './context.js';
import { formatNumberOf, paint, printable, ProgressLine, type Style } from './terminal.js';
import { checkDestination } from './validate-destination.js';
import { checkSource } from './validate-source.js';

const EXAMPLES = `
Examples:
  $ grantex-forwarder validate                        the file alone; nothing is connected
  $ grantex-forwarder validate --connect              also asks each source and each destination
  $ grantex-forwarder validate -c staging.yaml --json

With --connect each source is opened once more than usual: the server allows a key five connections.
Exit codes: 0 fine, 1 a connection failed, 78 the settings are wrong.`;

interface ValidateOptions {
  readonly config?: string;
  readonly json?: true;
  readonly connect?: true;
}

/** What came of one connection. The names are those of the JSON. */
interface ConnectionReport {
  readonly kind: 'source' | 'destination';
  readonly name: string;
  /** `none`: the destination has nothing to ask with. */
  readonly state: 'ok' | 'failed' | 'none' | 'off';
  readonly status_code: number | null;
  readonly message: string;
}

export function validateCommand(context: CommandContext): Command {
  return new Command('validate')
    .description('say what is wrong with the file of settings, and with the keys and addresses in it')
    .addOption(configOption())
    .option('--connect', 'connect to each source and ask each destination, without sending an event')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((options: ValidateOptions) => validate(context, options));
}

async function validate(context: CommandContext, options: ValidateOptions): Promise<void> {
  const file = settingsFile(options.config, context);
  const say = (line: string): void => void context.stdout.write(`${line}\n`);
  let settings: Settings;
  try {
    settings = await loadSettings(file, { env: context.env });
  } catch (error) {
    if (options.json && error instanceof SettingsError) {
      say(JSON.stringify({ ok: false, problems: error.problems.map(problemJson) }));
    }
    throw error;
  }
  if (!options.json) say(tellFine(settings, context));
  if (!options.connect) {
    if (options.json) say(JSON.stringify({ ok: true, problems: [] }));
    return;
  }
  const reports = await connectAll(settings, context, options);
  const failed = reports.filter(({ state }) => state === 'failed').length;
  if (options.json) say(JSON.stringify({ ok: failed === 0, problems: [], connections: reports }));
  if (failed > 0) {
    throw new CommandFailure(`${failed} of ${formatNumberOf(reports.length, 'connection')} failed`);
  }
}

function tellFine({ file, sources, destinations }: Settings, { folder }: CommandContext): string {
  const names = destinations.map(({ name, enabled }) => (enabled ? name : `${name}: off`)).join(', ');
  const counts = `${formatNumberOf(sources.length, 'source')}, ${formatNumberOf(destinations.length, 'destination')}`;
  const near = relative(folder, file);
  return `${near.startsWith('..') ? file : near}: fine. ${counts} (${names})`;
}

function problemJson(problem: SettingsProblem): Record<string, unknown> {
  const { file, line, column, path, expected, got, suggestion } = problem;
  return { file, line: line ?? null, column: column ?? null, path, expected, got, suggestion: suggestion ?? null };
}

async function connectAll(
  settings: Settings,
  context: CommandContext,
  { json }: ValidateOptions,
): Promise<readonly ConnectionReport[]> {
  const checks = [...sourceChecks(settings, context.signal), ...destinationChecks(settings)];
  const width = Math.max(...checks.map(({ name }) => name.length));
  const progress = new ProgressLine(context.stderr);
  const waiting = new Set(checks);
  const tellWaiting = (): void => {
    const names = [...waiting].map(({ name }) => name).join(', ');
    if (waiting.size > 0) progress.update(`waiting for ${names} (a quiet stream takes up to 30 s)`);
  };
  tellWaiting();
  try {
    return await Promise.all(
      checks.map(async (check) => {
        const report = await check.report().catch((error: unknown) => {
          if (!context.signal.aborted) throw error;
          throw new CommandFailure('ended before every answer had come');
        });
        waiting.delete(check);
        progress.clear();
        if (!json) context.stdout.write(`${reportLine(report, width, context)}\n`);
        tellWaiting();
        return report;
      }),
    );
  } finally {
    progress.clear();
  }
}

interface Check {
  readonly name: string;
  report(): Promise<ConnectionReport>;
}

function sourceChecks({ sources }: Settings, signal: AbortSignal): Check[] {
  return sources.flatMap((source) => {
    const transports = [source.transport].flat();
    return transports.map((transport) => {
      const name = transports.length === 1 ? source.name : `${source.name} (${transport})`;
      const report = async (): Promise<ConnectionReport> =>
        reportOf('source', name, await checkSource({ source, transport, signal }));
      return { name, report };
    });
  });
}

function destinationChecks({ destinations }: Settings): Check[] {
  return destinations.map((destination) => {
    const { name } = destination;
    const report = async (): Promise<ConnectionReport> => {
      if (!destination.enabled) return { ...reportOf('destination', name, undefined), state: 'off', message: '' };
      return reportOf('destination', name, await checkDestination(destination));
    };
    return { name, report };
  });
}

function reportOf(kind: ConnectionReport['kind'], name: string, result: CheckResult | undefined): ConnectionReport {
  if (result === undefined) {
    const message = `this destination has no check: "grantex-forwarder test ${name}" sends an event`;
    return { kind, name, state: 'none', status_code: null, message };
  }
  const { ok, statusCode = null, message } = result;
  return { kind, name, state: ok ? 'ok' : 'failed', status_code: statusCode, message };
}

const STYLES: Readonly<Record<ConnectionReport['state'], Style>> = {
  ok: 'green',
  failed: 'red',
  none: 'yellow',
  off: 'dim',
};

/** `splunk  failed  403 …` */
function reportLine(report: ConnectionReport, width: number, { stdout }: CommandContext): string {
  const { name, state, status_code: statusCode, message } = report;
  const shown = state === 'failed' && statusCode !== null ? `${statusCode} ${message}` : message;
  const cells = [name.padEnd(width), paint(STYLES[state], state.padEnd('failed'.length), stdout), printable(shown)];
  return cells.join('  ').trimEnd();
}
