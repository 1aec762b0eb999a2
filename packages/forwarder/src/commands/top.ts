import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { CommandFailure } from '../exit-codes.js';
import type { ForwarderStatus } from '../watching/status.js';
import { configOption, jsonOption, type CommandContext } from './context.js';
import { FullScreen } from './top/full-screen.js';
import { readReceivedRates, type ReceivedRates } from './top/received-rates.js';
import { statusPage } from './top/status-page.js';
import { statusReader, type StatusReader } from './top/status-reader.js';
import { formatAgo, paint, printable } from './terminal.js';

/** Between two looks, milliseconds. */
const REFRESH_MS = 1_000;

const EXAMPLES = `
Examples:
  $ grantex-forwarder top                              live; q ends it
  $ grantex-forwarder top --once                       one look, as text
  $ grantex-forwarder top --json | jq .sources         one look, as JSON
  $ grantex-forwarder top --url http://10.0.0.7:9464   of a forwarder on another machine, by its /status

Exit codes: 0 fine, 69 no running forwarder was found.`;

interface TopOptions {
  readonly config?: string;
  readonly url?: string;
  readonly once?: true;
  readonly json?: true;
}

export function topCommand(context: CommandContext): Command {
  return new Command('top')
    .description('show what the running forwarder does: rate, lag, state and last error of each destination')
    .addOption(configOption())
    .option('--url <address>', 'ask over HTTP instead of the Unix socket, e.g. http://127.0.0.1:9464')
    .option('--once', 'one look, and end (without a terminal always)')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((options: TopOptions) => top(context, options));
}

async function top(context: CommandContext, options: TopOptions): Promise<void> {
  const read = await statusReader(options, context);
  const { stdout } = context;
  if (options.json) return void stdout.write(`${JSON.stringify(await read(), undefined, 2)}\n`);
  if (options.once || !stdout.isTTY) {
    const page = statusPage(await read(), { stream: stdout, now: Date.now(), rates: new Map() });
    return void stdout.write(`${page.join('\n')}\n`);
  }
  await watch(read, context);
}

async function watch(read: StatusReader, context: CommandContext): Promise<void> {
  // Before the screen is taken: without a forwarder there is nothing to see.
  let status = await read();
  let rates: ReceivedRates = new Map();
  let lostAt: number | undefined;
  let problem = '';
  using screen = new FullScreen(context, () => {
    const { stdout } = context;
    const now = Date.now();
    const lost =
      lostAt === undefined
        ? ''
        : `not reached (${printable(problem)}), last seen ${formatAgo(lostAt, now)}; trying again`;
    return [
      ...(lost === '' ? [] : [paint('red', lost, stdout)]),
      ...statusPage(status, { stream: stdout, now: lostAt ?? now, rates }),
    ];
  });
  let readAt = Date.now();
  while (!screen.signal.aborted) {
    screen.draw();
    await sleep(REFRESH_MS, undefined, { signal: screen.signal }).catch(() => {}); // The loop ends.
    if (screen.signal.aborted) return;
    try {
      const newer: ForwarderStatus = await read();
      const now = Date.now();
      rates = readReceivedRates(status, newer, now - readAt);
      [status, readAt, lostAt] = [newer, now, undefined];
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.unavailable) throw error;
      lostAt ??= readAt;
      problem = error.message;
    }
  }
}
