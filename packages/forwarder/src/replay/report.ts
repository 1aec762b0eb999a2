import { formatNumberOf, table, type Output } from '../commands/terminal.js';
import { type Place, placeOf } from './checkpoint.js';
import type { Input } from './inputs.js';
import type { ReplayResult } from './replay.js';
import type { Survey } from './survey.js';

/** What came of a replay. The names are those of the JSON; the counts are those of this run. */
export interface ReplayReport {
  readonly destination: string;
  /** False when it was stopped, and the same command goes on. */
  readonly done: boolean;
  readonly files: number;
  readonly lines: number;
  readonly delivered: number;
  readonly dead_lettered: number;
  /** Where the dead letters are; null when there are none. */
  readonly dead_letters: string | null;
  readonly not_events: number;
  readonly passed_over: number;
  readonly unreadable_files: number;
  readonly seconds: number;
}

export function replayReport(
  { isDone, lines, delivered, deadLettered, notEvents, passedOver, unreadableFiles }: ReplayResult,
  about: { readonly destination: string; readonly files: number; readonly letters: string; readonly seconds: number },
): ReplayReport {
  const { destination, files, letters, seconds } = about;
  return {
    destination,
    done: isDone,
    files,
    lines,
    delivered,
    dead_lettered: deadLettered,
    dead_letters: deadLettered > 0 ? letters : null,
    not_events: notEvents,
    passed_over: passedOver,
    unreadable_files: unreadableFiles,
    seconds: Math.round(seconds * 10) / 10,
  };
}

/** What the exit code 1 is about; undefined when all went well. */
export function replayFaults(report: Omit<ReplayReport, 'done'>): string | undefined {
  const { dead_lettered, dead_letters, not_events, unreadable_files, destination } = report;
  const faults: string[] = [];
  if (not_events > 0) faults.push(`${formatNumberOf(not_events, 'line')} held no event`);
  if (unreadable_files > 0) faults.push(`${formatNumberOf(unreadable_files, 'file')} could not be unpacked to the end`);
  if (dead_lettered > 0) {
    faults.push(
      `${destination} did not take ${formatNumberOf(dead_lettered, 'event')}; they are in ${dead_letters}. When the reason ` +
        `is mended: grantex-forwarder replay ${dead_letters} --to ${destination} --no-filter --no-transform`,
    );
  }
  return faults.length === 0 ? undefined : faults.join('\n');
}

export function surveyText(survey: Survey, stream: Output): string {
  const { files, events, passed_over, not_events, oldest, newest, types } = survey;
  const head = `${formatNumberOf(events, 'event')} in ${formatNumberOf(files, 'file')} would be sent`;
  const range = oldest === null ? '' : `, created from ${oldest} to ${newest}`;
  const others = [
    passed_over > 0 ? `${formatNumberOf(passed_over, 'event')} would not` : '',
    not_events > 0 ? `${formatNumberOf(not_events, 'line')} held no event` : '',
  ].filter((text) => text !== '');
  const rows = Object.entries(types);
  const counts = rows.length === 0 ? '' : `\n${table(rows, { stream, head: ['TYPE', 'EVENTS'] })}`;
  return `${head}${range}${others.map((text) => `; ${text}`).join('')}${counts}\n`;
}

/** How a replay goes on where the last one stopped. */
export function startText(place: Place, inputs: readonly Input[]): string {
  const { file, filesBefore, line } = place;
  const index = placeOf(place, inputs);
  const text = `goes on behind line ${line} of ${file}; --from-start begins again`;
  if (index === filesBefore) return text;
  return `${text}\nNote: ${index} instead of ${filesBefore} files stand before it now, and none of them is looked at`;
}
