import { GrantexError } from '@grantex/core';
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './commands/context.js';
import { reloadCommand, stopCommand, switchCommand } from './commands/control.js';
import { runCommand } from './commands/run.js';
import { CommandFailure, EXIT } from './exit-codes.js';
import { SettingsError } from './settings/settings-problem.js';
import { VERSION } from './version.js';

/** Every command. */
export function commandLine(context: CommandContext): Command {
  const program = new Command('grantex-forwarder')
    .description('Forwards Grantex authorization events to where security and platform teams need them.')
    .version(VERSION)
    .showHelpAfterError('(grantex-forwarder --help shows what there is)')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .exitOverride();
  const commands = [runCommand, reloadCommand, switchCommand, stopCommand];
  for (const command of commands) program.addCommand(command(context));
  for (const command of program.commands) settle(command);
  return program;

  function settle(command: Command): void {
    command.copyInheritedSettings(program);
    for (const each of command.commands) settle(each);
  }
}

/** Runs a command line and resolves to the exit code. What a user did wrong is told in a line, without a stack trace. */
export async function runCommandLine(args: readonly string[], context: CommandContext): Promise<number> {
  const program = commandLine(context);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const [text, exitCode] = told(error);
    context.stderr.write(`${text}\n`);
    return exitCode;
  }
}

function told(error: unknown): readonly [text: string, exitCode: number] {
  if (error instanceof SettingsError) return [error.message, EXIT.settings];
  if (error instanceof CommandFailure) return [`grantex-forwarder: ${error.message}`, error.exitCode];
  if (error instanceof GrantexError) return [`grantex-forwarder: ${error.message}`, EXIT.failed];
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [`grantex-forwarder: a fault of this program, please report it: ${text}`, EXIT.internal];
}
