import { Command, InvalidArgumentError, Option } from 'commander';
import { controlClient } from '../control/control-client.js';
import { loadSettings } from '../settings/load-settings.js';
import type { Settings } from '../settings/settings.js';
import { configOption, jsonOption, settingsFile, type CommandContext } from './context.js';
import { dropDeadLetters } from './dead-letters-drop.js';
import { listDeadLetters, showDeadLetter } from './dead-letters-list.js';
import { retryDeadLetters } from './dead-letters-retry.js';

const HELP = `
A dead letter is an event that a destination did not take, with the reason. It stays until it is sent again or dropped.
list and show read the journal; they work whether the program runs or not.

Examples:
  $ grantex-forwarder dead-letters list --destination datadog
  $ grantex-forwarder dead-letters show 17
  $ grantex-forwarder dead-letters retry 17 18
  $ grantex-forwarder dead-letters retry --all --destination datadog
  $ grantex-forwarder dead-letters drop 17`;

/** `dead-letters list|show|retry|drop` */
export function deadLettersCommand(context: CommandContext): Command {
  const load = async (config: string | undefined): Promise<Settings> =>
    loadSettings(settingsFile(config, context), { env: context.env, withoutSecrets: true });
  const command = new Command('dead-letters').description('events that were given up: see, send again, drop');
  command.addHelpText('after', HELP);
  command
    .command('list')
    .description('list them, oldest first')
    .addOption(configOption())
    .addOption(sourceOption())
    .option('-d, --destination <name>', 'only those of this destination')
    .addOption(new Option('--limit <n>', 'so many of each source at most').argParser(wholeNumber).default(100))
    .option('--after <number>', 'only those with a greater number', wholeNumber)
    .addOption(jsonOption())
    .action(async ({ config, ...options }: Given<Parameters<typeof listDeadLetters>[1]>) => {
      listDeadLetters(await load(config), options, context);
    });
  command
    .command('show')
    .description('show one with its event')
    .argument('<number>', 'its number', wholeNumber)
    .addOption(configOption())
    .addOption(sourceOption())
    .addOption(jsonOption())
    .action(
      async (number: number, { config, ...options }: Given<{ readonly source?: string; readonly json?: boolean }>) => {
        showDeadLetter(await load(config), { ...options, number }, context);
      },
    );
  command
    .command('retry')
    .description('send some again, through the running program; exit code 1 when not all were taken')
    .argument('[numbers...]', 'their numbers', wholeNumbers)
    .option('--all', 'all of them')
    .option('-d, --destination <name>', 'with --all: only those of this destination')
    .addOption(configOption())
    .addOption(sourceOption())
    .addOption(jsonOption())
    .action(async (numbers: readonly number[] | undefined, { config, ...options }: Given<ChangeOptions>) => {
      const settings = await load(config);
      const control = controlClient(settings.server.socket);
      await retryDeadLetters(settings, { ...options, numbers: numbers ?? [] }, control, context);
    });
  command
    .command('drop')
    .description('forget some for good, whether the program runs or not')
    .argument('[numbers...]', 'their numbers', wholeNumbers)
    .option('--all', 'all of them')
    .option('-d, --destination <name>', 'with --all: only those of this destination')
    .option('-y, --yes', 'do not ask')
    .addOption(configOption())
    .addOption(sourceOption())
    .addOption(jsonOption())
    .action(async (numbers: readonly number[] | undefined, { config, ...options }: Given<DropCommandOptions>) => {
      const settings = await load(config);
      const control = controlClient(settings.server.socket);
      await dropDeadLetters(settings, { ...options, numbers: numbers ?? [] }, control, context);
    });
  return command;
}

type Given<Options> = Options & { readonly config?: string };

interface ChangeOptions {
  readonly all?: boolean;
  readonly destination?: string;
  readonly source?: string;
  readonly json?: boolean;
}

interface DropCommandOptions extends ChangeOptions {
  readonly yes?: boolean;
}

function sourceOption(): Option {
  return new Option('-s, --source <name>', 'the source whose journal is meant, when there are several');
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
}

function wholeNumbers(text: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), wholeNumber(text)];
}
