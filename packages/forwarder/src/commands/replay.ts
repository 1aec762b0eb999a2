import { Command, Option } from 'commander';
import { resolve } from 'node:path';
import type { GrantexEvent } from '@grantex/core';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { chooser } from '../replay/event-choice.js';
import { findInputs, type Input } from '../replay/inputs.js';
import { NoticeBoard } from '../replay/notice-board.js';
import { readRate, readSince, readTypes, readUntil, type ReplayCommandOptions } from '../replay/replay-options.js';
import { surveyText } from '../replay/report.js';
import { isS3Address, openStore, type S3Store } from '../replay/s3-store.js';
import { sendStored } from '../replay/send-stored.js';
import { survey } from '../replay/survey.js';
import { loadSettings } from '../settings/load-settings.js';
import type { DestinationSettings, Settings } from '../settings/settings.js';
import { configOption, jsonOption, settingsFile, type CommandContext } from './context.js';
import { formatBytes, formatNumberOf } from './terminal.js';

const EXAMPLES = `
Examples:
  $ grantex-forwarder replay events.ndjson --to splunk            one file to one destination of the settings
  $ grantex-forwarder replay archive/2026-03 --to splunk          all files of a folder, in the order of their names
  $ grantex-forwarder replay s3://acme-audit/grantex-events/dt=2026-03-01 --to datadog --rate 500
  $ grantex-forwarder replay archive --to http --types 'grant.*,!grant.revoked' --since 2026-03-01 --until 2026-03-07
  $ grantex-forwarder replay archive --dry-run                    what is in there, by type; sends nothing
  $ zcat old.gz | grep agent_7 | grantex-forwarder replay - --to http

Files hold one event a line (NDJSON), as the destinations "s3" and "file" write them; gzip and zstd are unpacked. Filter
and transform of the destination apply: --no-filter and --no-transform send events as they are stored. The running
forwarder is not concerned: this command reads the settings, and sends by itself.

When a replay was stopped, the same command goes on where it was. Nothing is left out; what was on its way may be sent
twice, with the same ids. Files that were added meanwhile, before that place in the order of names, are not looked at
(name a folder rather than *, or the command is another one). Standard input cannot be gone on with. Numbers beyond 2^53
lose their last digits.

A bucket is reached with the options of the destination of type s3 that writes to it, if there is one; otherwise by
AWS_REGION, AWS_ENDPOINT_URL_S3 and the usual places of AWS credentials.

Exit codes: 0 all delivered, 1 stopped, or something was not delivered, 69 the bucket was not reached, 78 wrong settings.`;

export function replayCommand(context: CommandContext): Command {
  return new Command('replay')
    .description('send stored events, from files or S3, to one destination')
    .argument('<files...>', 'files, folders, s3://bucket/prefix, or - for standard input')
    .option('-t, --to <destination>', 'its name in the file of settings')
    .addOption(new Option('--types <patterns>', 'only these types, with commas between them').argParser(readTypes))
    .addOption(new Option('--since <time>', 'only events created at this time or later').argParser(readSince))
    .addOption(new Option('--until <time>', 'only events before this time; a date: that day too').argParser(readUntil))
    .addOption(new Option('--rate <number>', 'events per second at most').argParser(readRate))
    .option('--no-filter', "without the destination's filter")
    .option('--no-transform', "without the destination's transform")
    .option('--dry-run', 'say what would be sent, and send nothing')
    .option('--from-start', 'forget where the last run stopped')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((names: readonly string[], options: ReplayCommandOptions) => replay(context, names, options));
}

async function replay(context: CommandContext, names: readonly string[], options: ReplayCommandOptions): Promise<void> {
  if (options.to === undefined && options.dryRun === undefined) {
    throw new CommandFailure('where to? Name a destination of the settings with --to', EXIT.usage);
  }
  if (names.filter((name) => name === '-').length > 1) {
    throw new CommandFailure('- is standard input, which can be read only once', EXIT.usage);
  }
  const settings = await settingsFor(context, options, names);
  const destination = settings && options.to !== undefined ? findDestination(settings, options.to) : undefined;
  const stores = new Map<string, Promise<S3Store>>();
  const store = (bucket: string): Promise<S3Store> => {
    const opened = stores.get(bucket) ?? openStore(bucket, settings, context.env);
    stores.set(bucket, opened);
    return opened;
  };
  try {
    const { stdin, folder, signal } = context;
    const inputs = await findInputs(names, { stdin, folder, store, signal });
    const isChosen = choiceOf(options, destination);
    if (options.dryRun) return await tellSurvey(context, options, inputs, isChosen);
    if (settings === undefined || destination === undefined) return;
    const asked = names.map((name) => (name === '-' || isS3Address(name) ? name : resolve(folder, name)));
    await sendStored(context, options, { asked, settings, destination, inputs, isChosen });
  } finally {
    for (const opened of stores.values()) (await opened)[Symbol.dispose]();
  }
}

/** A dry run without a destination needs no settings; it uses those that there are, for a bucket. */
async function settingsFor(
  context: CommandContext,
  { config, to }: ReplayCommandOptions,
  names: readonly string[],
): Promise<Settings | undefined> {
  if (to === undefined && !names.some(isS3Address)) return undefined;
  let file: string;
  try {
    file = settingsFile(config, context);
  } catch (error) {
    if (to === undefined) return undefined;
    throw error;
  }
  return loadSettings(file, { env: context.env });
}

function findDestination({ destinations }: Settings, name: string): DestinationSettings {
  const found = destinations.find((destination) => destination.name === name);
  if (found !== undefined) return found;
  const known = destinations.map((destination) => destination.name).join(', ');
  throw new CommandFailure(`no destination is called "${name}"; there are: ${known}`, EXIT.usage);
}

function choiceOf(
  { types, since, until, filter }: ReplayCommandOptions,
  destination: DestinationSettings | undefined,
): (event: GrantexEvent) => boolean {
  const isWanted = chooser({ types, since, until });
  const letsThrough = filter ? destination?.filter : undefined;
  return letsThrough === undefined ? isWanted : (event) => isWanted(event) && letsThrough(event);
}

async function tellSurvey(
  { stdout, stderr, signal }: CommandContext,
  { json }: ReplayCommandOptions,
  inputs: readonly Input[],
  isChosen: (event: GrantexEvent) => boolean,
): Promise<void> {
  const board = new NoticeBoard(stderr);
  const found = await survey(inputs, {
    isChosen,
    signal,
    onNotice: (notice) => board.notice(notice),
    onProgress: (bytes, lines) => board.progress(`${formatNumberOf(lines, 'line')}, ${formatBytes(bytes)}`),
  });
  board.end();
  if (signal.aborted) throw new CommandFailure('stopped: not everything was counted');
  stdout.write(json ? `${JSON.stringify(found)}\n` : surveyText(found, stdout));
  const faults = found.not_events + found.unreadable_files;
  if (faults > 0) throw new CommandFailure(`${formatNumberOf(faults, 'fault')} in these files`);
}
