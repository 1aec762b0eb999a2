import { Command, InvalidArgumentError } from 'commander';
import { loadSettings } from '../settings/load-settings.js';
import type { Settings } from '../settings/settings.js';
import { configOption, jsonOption, settingsFile, type CommandContext } from './context.js';
import { printEvents } from './journal-events.js';
import { inspectJournals } from './journal-inspect.js';

const INSPECT_HELP = `
Works whether the program runs or not, and changes nothing.
With --verify every row is read and checked, which takes a while; exit code 1 when something is damaged.

Examples:
  $ grantex-forwarder journal inspect
  $ grantex-forwarder journal inspect --source production --verify
  $ grantex-forwarder journal inspect --json`;

const EVENTS_HELP = `
One JSON object a line: {"position": 17, "received_at": "…", "event": {…}}.

Examples:
  $ grantex-forwarder journal events --limit 10
  $ grantex-forwarder journal events --from 1000 | jq .event.type`;

/** `journal inspect`, `journal events` */
export function journalCommand(context: CommandContext): Command {
  const load = async (config: string | undefined): Promise<Settings> =>
    loadSettings(settingsFile(config, context), { env: context.env, withoutSecrets: true });
  const command = new Command('journal').description('look into the journals: what waits on disk');
  command
    .command('inspect')
    .description('say what each journal holds, how far each destination is, and what was missed')
    .addOption(configOption())
    .option('-s, --source <name>', 'only this source')
    .option('--verify', 'read every row and check it')
    .addOption(jsonOption())
    .addHelpText('after', INSPECT_HELP)
    .action(async ({ config, ...options }: InspectCommandOptions) => {
      await inspectJournals(await load(config), options, context);
    });
  command
    .command('events')
    .description('print the events that are kept, as they came')
    .addOption(configOption())
    .option('-s, --source <name>', 'the source; needed when there are several')
    .option('--from <position>', 'begin at this position', wholeNumber)
    .option('--limit <n>', 'end after so many events', wholeNumber)
    .addHelpText('after', EVENTS_HELP)
    .action(async ({ config, ...options }: EventsCommandOptions) => {
      await printEvents(await load(config), options, context);
    });
  return command;
}

interface InspectCommandOptions {
  readonly config?: string;
  readonly source?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

interface EventsCommandOptions {
  readonly config?: string;
  readonly source?: string;
  readonly from?: number;
  readonly limit?: number;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
}
