import { Command } from 'commander';
import { controlClient } from '../control/control-client.js';
import type { Control } from '../control/control-protocol.js';
import { CommandFailure } from '../exit-codes.js';
import { loadSettings } from '../settings/load-settings.js';
import type { Settings } from '../settings/settings.js';
import type { ForwarderStatus } from '../watching/status.js';
import { configOption, jsonOption, settingsFile, type CommandContext } from './context.js';
import { explainEvent } from './explain/explain-event.js';
import { tellExplanation } from './explain/tell-explanation.js';
import { chosenSources } from './journal-access.js';

const HELP = `
Says when the event was received, and for each destination whether it was delivered, waits, is a dead letter, or was kept
out by a filter. For an event that is not there: whether it was deleted, passed over, or never received, and why.
Works whether the program runs or not. Exit code 1 when the event is not known.

Examples:
  $ grantex-forwarder explain evt_01KJMEG800S8N4PA0M8ZC5T3WQ
  $ grantex-forwarder explain evt_01KJMEG800S8N4PA0M8ZC5T3WQ --json`;

/** `explain <event id>` */
export function explainCommand(context: CommandContext): Command {
  return new Command('explain')
    .description('say what became of an event')
    .argument('<event id>', 'as services show it: evt_ and 26 letters and digits')
    .addOption(configOption())
    .option('-s, --source <name>', 'look into the journal of this source only')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (eventId: string, { config, source, json }: ExplainCommandOptions) => {
      const settings = await loadSettings(settingsFile(config, context), { env: context.env, withoutSecrets: true });
      const control = controlClient(settings.server.socket);
      const only = source === undefined ? {} : { source };
      await printExplanation(settings, { eventId, json: json === true, ...only }, control, context);
    });
}

interface ExplainCommandOptions {
  readonly config?: string;
  readonly source?: string;
  readonly json?: boolean;
}

/** Prints what became of an event. Rejects with a `CommandFailure` when it is not known. */
export async function printExplanation(
  settings: Settings,
  { eventId, source, json = false }: { readonly eventId: string; readonly source?: string; readonly json?: boolean },
  control: Pick<Control, 'status'>,
  { stdout }: Pick<CommandContext, 'stdout'>,
): Promise<void> {
  const sources = chosenSources(settings, source);
  const status = await statusIfRunning(control);
  const explanation = explainEvent(settings, { eventId: eventId.trim(), sources, status, now: Date.now() });
  stdout.write(`${json ? JSON.stringify(explanation) : tellExplanation(explanation, stdout)}\n`);
  if (!explanation.known) throw new CommandFailure('this event is not known here');
}

/** Undefined when no program runs, or it does not answer: the journals tell most. */
async function statusIfRunning(control: Pick<Control, 'status'>): Promise<ForwarderStatus | undefined> {
  try {
    return await control.status();
  } catch (error) {
    if (error instanceof CommandFailure) return undefined;
    throw error;
  }
}
