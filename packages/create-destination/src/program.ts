#!/usr/bin/env node
import { UsageError } from './answers.js';
import { runCommand } from './command-line.js';
import { Cancelled, terminalQuestions } from './questions.js';
import { readVersions } from './versions.js';

const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;

try {
  const printed = await runCommand(process.argv.slice(2), {
    folder: process.cwd(),
    versions: readVersions,
    questions: hasTerminal ? terminalQuestions : undefined,
  });
  process.stdout.write(printed);
} catch (error) {
  // What a person has done is told in a line; a fault of ours, or of the disk, with its stack.
  const isExpected = error instanceof UsageError || error instanceof Cancelled;
  console.error(isExpected ? `create-destination: ${error.message}` : error);
  process.exitCode = 1;
}
