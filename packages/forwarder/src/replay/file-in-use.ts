import { resolve } from 'node:path';
import { controlClient } from '../control/control-client.js';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { DestinationSettings, Settings } from '../settings/settings.js';
import type { Input } from './inputs.js';

/**
 * A file has one writer, and nobody reads what he is writing himself. Rejects with a `CommandFailure` when a running
 * forwarder has the destination's file, or the file is among those that are to be replayed.
 */
export async function refuseFileInUse(
  { name, definition, options }: DestinationSettings,
  { inputs, settings }: { readonly inputs: readonly Input[]; readonly settings: Settings },
): Promise<void> {
  const { path } = options;
  if (definition.type !== 'file' || typeof path !== 'string' || path === '-') return;
  if (inputs.some((input) => input.name === resolve(path))) {
    throw new CommandFailure(`${path} is the file of ${name}: it cannot be replayed into itself`, EXIT.usage);
  }
  const status = await controlClient(settings.server.socket)
    .status()
    .catch(() => undefined); // Nothing runs.
  const sources = Object.values(status?.sources ?? {});
  if (sources.every(({ destinations }) => (destinations[name]?.state ?? 'off') === 'off')) return;
  throw new CommandFailure(
    `the running forwarder writes ${path}, and a file has one writer: first "grantex-forwarder switch off ${name}", or stop it`,
    EXIT.locked,
  );
}
