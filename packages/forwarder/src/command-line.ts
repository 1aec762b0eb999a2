import { GrantexError } from '@grantex/core';
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './commands/context.js';
import { reloadCommand, stopCommand, switchCommand } from './commands/control.js';
import { deadLettersCommand } from './commands/dead-letters.js';
import { devServerCommand } from './commands/dev-server.js';
import { explainCommand } from './commands/explain.js';
import { initCommand } from './commands/init.js';
import { journalCommand } from './commands/journal.js';
import { replayCommand } from './commands/replay.js';
import { runCommand } from './commands/run.js';
import { tailCommand } from './commands/tail.js';
import { testCommand } from './commands/test.js';
import { topCommand } from './commands/top.js';
import { validateCommand } from './commands/validate.js';
import { CommandFailure, EXIT } from './exit-codes.js';
import { SettingsError } from './settings/settings-problem.js';
import { VERSION } from './version.js';

type MakeCommand = (context: CommandContext) => Command;

/** In the order of `--help`. */
const COMMANDS: Readonly<Record<string, readonly MakeCommand[]>> = {
  'To begin:': [initCommand, validateCommand, testCommand, runCommand, devServerCommand],
  'To watch:': [topCommand, tailCommand, explainCommand, journalCommand],
  'To mend:': [deadLettersCommand, replayCommand],
  'To change what runs:': [reloadCommand, switchCommand, stopCommand],
};

const EXAMPLES = `
Without an account, in two terminals:
  grantex-forwarder dev-server
  grantex-forwarder init        then: run, top, tail

Documentation: https://github.com/mishrasanjeev/grantex`;

/** Every command. */
function commandLine(context: CommandContext): Command {
  const program = new Command('grantex-forwarder')
    .description('Forwards Grantex authorization events to where security and platform teams need them.')
    .version(VERSION)
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(grantex-forwarder --help shows what there is)')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .exitOverride();
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(heading);
    for (const command of commands) program.addCommand(command(context));
  }
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
