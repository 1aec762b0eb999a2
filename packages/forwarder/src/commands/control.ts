import { Command, Option } from 'commander';
import { controlClient } from '../control/control-client.js';
import type { Control } from '../control/control-protocol.js';
import { findSocket } from '../settings/places.js';
import { configOption, jsonOption, settingsFile, type CommandContext } from './context.js';

interface Common {
  readonly config?: string;
  readonly json?: true;
}

/** The running forwarder of the settings. */
async function running(config: string | undefined, context: CommandContext): Promise<Control> {
  return controlClient(await findSocket(settingsFile(config, context), { env: context.env }));
}

export function reloadCommand(context: CommandContext): Command {
  return new Command('reload')
    .description('make the running forwarder read its settings again, and say what differs')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(async ({ config, json }: Common) => {
      const report = await (await running(config, context)).reload();
      if (json) return void context.stdout.write(`${JSON.stringify(report)}\n`);
      const { added, changed, removed, unchanged, needs_restart: needsRestart, discarded } = report;
      const lines = Object.entries({ added, changed, removed, unchanged, 'takes a restart': needsRestart })
        .filter(([, names]) => names.length > 0)
        .map(([what, names]) => `${what}: ${names.join(', ')}`);
      lines.push(...Object.entries(discarded).map(([name, count]) => `${name}: ${count} waiting event(s) discarded`));
      context.stdout.write(`${lines.join('\n')}\n`);
    });
}

export function stopCommand(context: CommandContext): Command {
  return new Command('stop')
    .description('make the running forwarder deliver what it has received, and end')
    .addOption(configOption())
    .option('--no-drain', 'only finish the requests under way; the rest stays in the journal')
    .action(async ({ config, drain }: Common & { readonly drain: boolean }) => {
      const control = await running(config, context);
      const { pid } = await control.status();
      await control.stop({ drain });
      context.stdout.write(`process ${pid} is stopping\n`);
    });
}

export function switchCommand(context: CommandContext): Command {
  const command = new Command('switch')
    .description('switch a destination of the running forwarder off or on; its settings stay')
    .addHelpText(
      'after',
      `
Examples:
  grantex-forwarder switch off datadog                 says how many waiting events that discards
  grantex-forwarder switch on datadog                  with what is received from now on
  grantex-forwarder switch on datadog --from oldest    with what the journal still keeps as well

It stays so after a restart. A destination with "enabled: false" is switched in the file of settings.`,
    );
  command
    .command('off')
    .argument('<destination>')
    .description('send it nothing more, and discard what waits for it')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(async (destination: string, { config, json }: Common) => {
      const report = await (await running(config, context)).switchOff(destination);
      const text = report.changed
        ? `${destination} is off; ${report.discarded} waiting event(s) are discarded`
        : `${destination} was off already`;
      context.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
    });
  command
    .command('on')
    .argument('<destination>')
    .description('send to it again')
    .addOption(configOption())
    .addOption(jsonOption())
    .addOption(
      new Option('--from <place>', 'begin behind the newest event, or at the oldest that the journal keeps')
        .choices(['head', 'oldest'])
        .default('head'),
    )
    .action(async (destination: string, { config, json, from }: Common & { readonly from: 'head' | 'oldest' }) => {
      const report = await (await running(config, context)).switchOn(destination, { from });
      const text = report.changed ? `${destination} is on` : `${destination} was on already`;
      context.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
    });
  return command;
}
