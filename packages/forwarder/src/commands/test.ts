import { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { loadSettings } from '../settings/load-settings.js';
import type { DestinationSettings, Settings } from '../settings/settings.js';
import { configOption, jsonOption, settingsFile, type CommandContext } from './context.js';
import { formatNumberOf, paint, printable } from './terminal.js';
import { sendTestEvent } from './test-event.js';

const EXAMPLES = `
Examples:
  $ grantex-forwarder test                 one event to each destination that is switched on
  $ grantex-forwarder test datadog         one event to this one, switched on or not
  $ grantex-forwarder test --json | jq     a line of JSON for each destination

The event is made up, of type grantex.test; filter and transform do not concern it. The forwarder may run meanwhile.
Exit codes: 0 every destination took it, 1 one did not, 78 the settings are wrong.`;

interface TestOptions {
  readonly config?: string;
  readonly json?: true;
}

/** What came of one test event. The names are those of the JSON. */
interface TestReport {
  readonly destination: string;
  readonly ok: boolean;
  readonly status_code: number | null;
  readonly message: string;
  readonly event_id: string | null;
  /** What to enter in the service to find the event. */
  readonly query: string | null;
}

export function testCommand(context: CommandContext): Command {
  return new Command('test')
    .description('send one synthetic event to each destination, and say what the service answered')
    .argument('[destination]', 'only this one: its name in the file of settings')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, options: TestOptions) => test(context, name, options));
}

async function test(context: CommandContext, name: string | undefined, options: TestOptions): Promise<void> {
  const settings = await loadSettings(settingsFile(options.config, context), { env: context.env });
  const chosen = chooseDestinations(settings, name);
  const reports = await Promise.all(
    chosen.map(async (destination) => {
      const report = await reportOf(destination);
      context.stdout.write(options.json ? `${JSON.stringify(report)}\n` : reportText(report, context));
      return report;
    }),
  );
  const failed = reports.filter(({ ok }) => !ok).length;
  if (failed > 0) {
    throw new CommandFailure(
      `${failed} of ${formatNumberOf(reports.length, 'destination')} did not take the test event`,
    );
  }
}

function chooseDestinations({ destinations }: Settings, name: string | undefined): readonly DestinationSettings[] {
  if (name === undefined) {
    const enabled = destinations.filter((destination) => destination.enabled);
    if (enabled.length > 0) return enabled;
    throw new CommandFailure('every destination is switched off: name the one to test');
  }
  const found = destinations.find((destination) => destination.name === name);
  if (found !== undefined) return [found];
  const names = destinations.map((destination) => destination.name).join(', ');
  throw new CommandFailure(`there is no destination named "${name}": there are ${names}`, EXIT.usage);
}

async function reportOf(destination: DestinationSettings): Promise<TestReport> {
  const { ok, statusCode = null, message, eventId = null, query = null } = await sendTestEvent(destination);
  return { destination: destination.name, ok, status_code: statusCode, message, event_id: eventId, query };
}

/**
 * ```
 * datadog: ok, 202 accepted
 *   event  evt_…
 *   find   @evt.id:evt_…
 * ```
 */
function reportText(report: TestReport, { stdout }: CommandContext): string {
  const { destination, ok, status_code: statusCode, message, event_id: eventId, query } = report;
  const verdict = ok ? paint('green', 'ok', stdout) : paint('red', 'failed', stdout);
  const answer = [statusCode, printable(message)].filter((part) => part !== null).join(' ');
  const lines = [`${destination}: ${verdict}, ${answer}`];
  if (eventId !== null) lines.push(`  event  ${eventId}`);
  if (ok && query !== null) lines.push(`  find   ${printable(query)}`);
  return `${lines.join('\n')}\n`;
}
