import { setTimeout as sleep } from 'node:timers/promises';
import { GrantexError, type Logger, type StopReport } from '@grantex/core';
import { Command } from 'commander';
import { controlClient } from '../control/control-client.js';
import { ControlServer } from '../control/control-server.js';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { Forwarder } from '../running/forwarder.js';
import { OVERLAP_MS, UNTIL_HEARD_MS } from '../running/until-heard.js';
import { loadSettings } from '../settings/load-settings.js';
import type { Settings } from '../settings/settings.js';
import { watchFiles, type FileWatch } from '../settings/watch-files.js';
import { VERSION } from '../version.js';
import { createLogger, type ForwarderLogger } from '../watching/logging.js';
import { ForwarderMetrics } from '../watching/metrics.js';
import { WatchingServer } from '../watching/watching-server.js';
import { configOption, settingsFile, type CommandContext } from './context.js';

interface RunOptions {
  readonly config?: string;
  readonly takeover?: boolean;
}

export function runCommand(context: CommandContext): Command {
  return new Command('run')
    .description('listen to the event stream and forward to every destination, until SIGTERM')
    .addOption(configOption())
    .option('--takeover', 'go on in the place of a forwarder that runs already: nothing is missed between the two')
    .addHelpText(
      'after',
      `
Examples:
  grantex-forwarder run                                     with ./grantex-forwarder.yaml
  grantex-forwarder run --config /etc/grantex-forwarder/grantex-forwarder.yaml
  grantex-forwarder run --takeover                          after an upgrade: no event is missed

Signals:
  SIGTERM, SIGINT   deliver what was received, within server.stopDeadlineMs; a second one ends at once
  SIGHUP            read the settings again; the same happens when the file changes

Exit codes:
  0 stopped   69 an address or a port is in use   75 another process has the journal
  77 the auth service refused the key   78 the settings are wrong`,
    )
    .action(async ({ config, takeover = false }: RunOptions) => {
      const file = settingsFile(config, context);
      const load = (): Promise<Settings> => loadSettings(file, { env: context.env });
      // Before it is read: a change that comes meanwhile is not missed.
      let onChange = ignore;
      using files = watchFiles([file], () => onChange());
      const settings = await load();
      const logger = createLogger(settings.logging, context.stderr);
      const onFilesChange = (reload: () => void): void => void (onChange = reload);
      await run({ settings, load, takeover, logger, files, onFilesChange, signal: context.signal });
    });
}

/** The process that was taken over from has the socket until it has ended everything. */
const SOCKET_WAIT_MS = 30_000;

interface Run {
  readonly settings: Settings;
  readonly load: () => Promise<Settings>;
  readonly takeover: boolean;
  readonly logger: ForwarderLogger;
  readonly files: FileWatch;
  readonly onFilesChange: (reload: () => void) => void;
  /** Ends it, as SIGTERM does. */
  readonly signal: AbortSignal;
}

/** Runs until it is told to stop. Rejects with a `CommandFailure`. */
async function run({ settings, load, takeover, logger, files, onFilesChange, signal }: Run): Promise<void> {
  const { server, journal } = settings;
  const forwarder = await Forwarder.create({
    settings,
    load,
    logger,
    onReloaded: ({ watchedFiles, logging }) => {
      files.update(watchedFiles);
      logger.setLevel(logging.level);
    },
    onRejected: (more) => files.update([...new Set([...settings.watchedFiles, ...more])]),
  });
  const onSignal = (): void => void forwarder.stop({ drain: true });
  signal.addEventListener('abort', onSignal, { once: true });
  if (signal.aborted) onSignal();
  logger.info(`grantex-forwarder ${VERSION} with ${settings.file}`, {
    sources: settings.sources.length,
    destinations: settings.destinations.length,
    journal: journal.type === 'disk' ? journal.folder : 'in memory: what waits is lost when the program ends',
  });

  await using ends = new AsyncDisposableStack();
  const metrics = await ForwarderMetrics.start({
    status: () => forwarder.statusNow(),
    settings: settings.metrics,
    logger,
  });
  ends.defer(() => metrics.close());
  if (server.http !== undefined) {
    const watched = { status: () => forwarder.statusNow(), metrics: () => metrics.text(), logger };
    ends.use(await WatchingServer.start({ ...server.http, ...watched, waitForPort: takeover }));
  }

  try {
    const starting = forwarder.start({ takeover });
    if (takeover) await Promise.race([handOver(forwarder, server.socket, logger), starting]);
    await starting;
    ends.use(await ControlServer.listen(server.socket, forwarder, { waitMs: takeover ? SOCKET_WAIT_MS : 0 }));
    ends.defer(reloadOn(forwarder, { settings, files, onFilesChange, logger }));
    if (forwarder.statusNow().state === 'running') logger.info('running');
    const { drain } = await forwarder.stopped();
    logger.info(drain ? 'stopping: delivering what was received' : 'stopping: another process goes on');
    tellLeft(await forwarder.close({ drain }), settings, logger);
  } catch (error) {
    await forwarder.close({ drain: true });
    throw failureOf(error, settings);
  } finally {
    signal.removeEventListener('abort', onSignal);
  }
}

function ignore(): void {}

/** When this process hears every stream, the one that runs is told to let go. */
async function handOver(forwarder: Forwarder, socket: string, logger: Logger): Promise<void> {
  const other = controlClient(socket);
  try {
    const { pid } = await other.status();
    logger.info(`taking over from process ${pid}: listening first`, { pid });
  } catch (error) {
    logger.info(`nobody to take over from: ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  if (!(await forwarder.heard(UNTIL_HEARD_MS))) {
    throw new CommandFailure('a stream was not heard in time, so the other process goes on', EXIT.unavailable);
  }
  await sleep(OVERLAP_MS);
  await other.stop({ drain: false });
}

/** Reads the settings again at SIGHUP, and when one of their files changes. What it returns ends that. */
function reloadOn(
  forwarder: Forwarder,
  { settings, files, onFilesChange, logger }: Pick<Run, 'settings' | 'files' | 'onFilesChange' | 'logger'>,
): () => void {
  const reload = (): void => {
    forwarder.reload().catch((error: unknown) => {
      // A wrong file is told by the forwarder.
      if (!(error instanceof CommandFailure)) logger.error(`reloading failed: ${String(error)}`);
    });
  };
  onFilesChange(reload);
  files.update(settings.watchedFiles);
  process.on('SIGHUP', reload);
  return () => {
    process.off('SIGHUP', reload);
    onFilesChange(ignore);
  };
}

function tellLeft(reports: Readonly<Record<string, StopReport>>, { journal }: Settings, logger: Logger): void {
  const left = Object.values(reports)
    .flatMap(({ remaining }) => remaining)
    .reduce((sum, { events }) => sum + events, 0);
  if (left === 0) logger.info('stopped');
  else if (journal.type === 'disk') logger.info(`stopped; ${left} delivery(s) go on at the next start`, { left });
  else throw new CommandFailure(`stopped; ${left} delivery(s) are lost, since the journal was in memory`);
}

function failureOf(error: unknown, { journal }: Settings): unknown {
  if (!(error instanceof GrantexError)) return error;
  if (error.code !== 'JOURNAL_LOCKED') return new CommandFailure(error.message);
  return new CommandFailure(
    `another forwarder has the journal in ${journal.folder}; end it, or go on in its place with "run --takeover"`,
    EXIT.locked,
  );
}
