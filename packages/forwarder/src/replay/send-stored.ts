import type { GrantexEvent, NewDeadLetter } from '@grantex/core';
import type { CommandContext } from '../commands/context.js';
import { formatDuration, formatNumberOf } from '../commands/terminal.js';
import { CommandFailure } from '../exit-codes.js';
import type { DestinationSettings, Settings } from '../settings/settings.js';
import { Checkpoint, placeOf, replayDigest } from './checkpoint.js';
import { DeadLetterFile } from './dead-letter-file.js';
import { refuseFileInUse } from './file-in-use.js';
import type { Input } from './inputs.js';
import { NoticeBoard } from './notice-board.js';
import { ProgressText } from './progress-text.js';
import { Replay } from './replay.js';
import type { ReplayCommandOptions } from './replay-options.js';
import { ReplayTarget } from './replay-target.js';
import { replayFaults, replayReport, startText } from './report.js';

export interface StoredEvents {
  /** What was named on the command line; paths absolute. */
  readonly asked: readonly string[];
  readonly inputs: readonly Input[];
  readonly isChosen: (event: GrantexEvent) => boolean;
  readonly settings: Settings;
  readonly destination: DestinationSettings;
}

/** Sends what is stored, goes on where an earlier run was stopped, and says what came of it. */
export async function sendStored(
  context: CommandContext,
  options: ReplayCommandOptions,
  { asked, inputs, isChosen, settings, destination }: StoredEvents,
): Promise<void> {
  const { name } = destination;
  await refuseFileInUse(destination, { inputs, settings });
  const { types, since, until } = options;
  const digest = replayDigest({ inputs: asked, destination: name, types, since, until });
  const checkpoint = asked.includes('-') ? undefined : new Checkpoint(settings.journal.folder, digest);
  if (options.fromStart) await checkpoint?.remove();
  const start = await checkpoint?.load();
  if (start !== undefined && placeOf(start, inputs) === -1) {
    throw new CommandFailure(`${start.file}, where the last run stopped, is gone. Begin again with --from-start`);
  }
  const letters = new DeadLetterFile(settings.journal.folder, digest);
  const onDeadLetter = (letter: NewDeadLetter): void => replay.gaveUp(letter);
  const target = new ReplayTarget({ settings: destination, rate: options.rate, onDeadLetter });
  const board = new NoticeBoard(context.stderr);
  const text = new ProgressText(totalBytes(inputs));
  const replay: Replay = new Replay({
    inputs,
    target,
    isChosen,
    transform: (options.transform && destination.transform) || ((event) => event),
    checkpoint,
    start,
    letters,
    signal: context.signal,
    stopDeadlineMs: settings.server.stopDeadlineMs,
    onNotice: (notice) => board.notice(notice),
    onProgress: (progress) => board.progress(text.line(progress, target.trouble)),
  });
  if (start !== undefined) board.say(startText(start, inputs));

  const startedAt = performance.now();
  const result = await replay.run().finally(() => board.end());
  const seconds = (performance.now() - startedAt) / 1_000;
  const report = replayReport(result, { destination: name, files: inputs.length, letters: letters.path, seconds });
  const { delivered, passed_over } = report;
  const passed = passed_over > 0 ? `, ${formatNumberOf(passed_over, 'event')} not chosen` : '';
  const summary = `${formatNumberOf(delivered, 'event')} delivered to ${name} in ${formatDuration(seconds * 1_000)}${passed}`;
  context.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${summary}\n`);
  const faults = replayFaults(report);
  if (!result.isDone) {
    const wayOn = checkpoint === undefined ? 'standard input cannot be gone on with' : 'the same command goes on here';
    throw new CommandFailure([`stopped; ${wayOn}`, faults].filter((part) => part !== undefined).join('\n'));
  }
  if (faults !== undefined) throw new CommandFailure(faults);
}

function totalBytes(inputs: readonly Input[]): number | undefined {
  let total = 0;
  for (const { bytes } of inputs) {
    if (bytes === undefined) return undefined;
    total += bytes;
  }
  return total;
}
