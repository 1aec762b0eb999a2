import type { JournalDamage } from '@grantex/journal-sqlite';
import type { Inspection } from './journal-inspect.js';
import { isoTime, isoTimeOrNull } from './journal-text.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumberOf,
  paint,
  printable,
  table,
  type Cell,
  type Output,
} from './terminal.js';

/** Gaps and overruns shown to people; `--json` has all. */
const SHOWN = 5;

/** A journal for programs: its source's name, and what it holds. */
export function inspectionJson({ source, file, maxBytes, summary, damage }: Inspection): readonly [string, unknown] {
  if (summary === undefined) return [source, { file, exists: false }];
  const { layoutVersion, events, head, oldestAt, newestAt, heardUntil, bytes, deadLetters, damagedRows } = summary;
  return [
    source,
    {
      file,
      exists: true,
      layout_version: layoutVersion,
      events,
      head,
      oldest_at: isoTimeOrNull(oldestAt),
      newest_at: isoTimeOrNull(newestAt),
      heard_until: isoTimeOrNull(heardUntil),
      bytes,
      max_bytes: maxBytes,
      destinations: Object.fromEntries(
        summary.cursors.map(({ name, lag, openBatches }) => [name, { waiting: lag, open_batches: openBatches }]),
      ),
      dead_letters: deadLetters,
      gaps: summary.gaps.map(({ from, to, cause }) => ({ from: isoTime(from), to: isoTime(to), cause })),
      overruns: summary.overruns.map((overrun) => ({
        destination: overrun.destination,
        first_id: overrun.firstId,
        last_id: overrun.lastId,
        events: overrun.count,
        first_at: isoTime(overrun.firstAt),
        last_at: isoTime(overrun.lastAt),
      })),
      damaged_rows: damagedRows,
      ...(damage !== undefined && { verified: damageJson(damage) }),
    },
  ];
}

function damageJson({ rowsRead, damagedRows, damagedEvents, missing, structure }: JournalDamage): unknown {
  return {
    rows_read: rowsRead,
    damaged_rows: damagedRows,
    damaged_events: damagedEvents,
    missing_positions: missing,
    structure,
  };
}

/** A journal for people. */
export function tellInspection({ source, file, maxBytes, summary, damage }: Inspection, stream: Output): string {
  const title = `${paint('bold', printable(source), stream)}  ${printable(file)}`;
  if (summary === undefined) return `${title}\n  no journal yet: "grantex-forwarder run" makes it`;
  const { events, oldestAt, newestAt, heardUntil, bytes, deadLetters, head } = summary;
  const letters = Object.entries(deadLetters);
  const used = `${formatBytes(bytes)} of ${formatBytes(maxBytes)} (${Math.round((bytes / maxBytes) * 100)} %)`;
  const span =
    oldestAt === undefined || newestAt === undefined ? '' : `, received ${isoTime(oldestAt)} to ${isoTime(newestAt)}`;
  const facts: Cell[][] = [
    ['  events kept', `${formatCount(events)}${span}`],
    ['  newest position', formatCount(head)],
    ['  used', used],
    ['  stream heard until', heardUntil === undefined ? 'not noted yet' : isoTime(heardUntil)],
    [
      '  dead letters',
      letters.length === 0 ? 'none' : letters.map(([name, n]) => `${name}: ${formatCount(n)}`).join(', '),
    ],
    ['  layout', `version ${summary.layoutVersion}`],
  ];
  if (summary.damagedRows > 0) {
    facts.push(['  damage', { text: formatNumberOf(summary.damagedRows, 'damaged row'), style: 'red' }]);
  }
  if (damage !== undefined) facts.push(['  checked', tellDamage(damage)]);
  const parts = [title, table(facts, { stream })];
  if (summary.cursors.length > 0) {
    const rows = summary.cursors.map(({ name, lag, openBatches }): Cell[] => [`  ${name}`, lag, openBatches]);
    parts.push(table(rows, { stream, head: ['  destination', 'waiting', 'open batches'] }));
  }
  const gaps = summary.gaps.map(({ from, to, cause }): Cell[] => [
    `  ${isoTime(from)}`,
    formatDuration(to - from),
    cause,
  ]);
  parts.push(...newest(gaps, ['  stream not heard from', 'for', 'cause'], stream));
  const overruns = summary.overruns.map(({ destination, count, lastAt, firstId, lastId }): Cell[] => {
    return [`  ${destination}`, count, isoTime(lastAt), `${firstId} to ${lastId}`];
  });
  parts.push(...newest(overruns, ['  overrun', 'events', 'until', 'ids'], stream));
  return parts.join('\n');
}

function tellDamage({ rowsRead, damagedRows, damagedEvents, missing, structure }: JournalDamage): Cell {
  const lost = missing.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const faults = [
    ...Object.entries(damagedRows).map(([name, count]) => `${formatNumberOf(count, 'damaged row')} in ${name}`),
    ...(damagedEvents > 0 ? [`${formatNumberOf(damagedEvents, 'event')} cannot be read`] : []),
    ...(lost > 0 ? [`${formatNumberOf(lost, 'event')} missing`] : []),
    ...structure,
  ];
  const text = `${formatNumberOf(rowsRead, 'row')}: ${faults.length === 0 ? 'all as they were written' : faults.join('; ')}`;
  return { text, style: faults.length === 0 ? 'green' : 'red' };
}

function newest(rows: readonly Cell[][], head: readonly string[], stream: Output): readonly string[] {
  if (rows.length === 0) return [];
  const older = rows.length - SHOWN;
  const shown = table(rows.slice(-SHOWN), { stream, head });
  return older > 0 ? [shown, `  and ${formatCount(older)} before; --json has all`] : [shown];
}
