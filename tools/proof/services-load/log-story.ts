import type { DestinationName } from './destination-under-load.ts';
import type { LogLine } from './forwarder-program.ts';

export interface Trouble {
  readonly destination: DestinationName;
  /** When the service was told to end, and when it was ready again. Unix epoch, milliseconds. */
  readonly stoppedAt: number;
  readonly backAt: number;
  /** Codes that `/status` has shown. */
  readonly codes: ReadonlySet<string>;
}

/** What the log does not tell, or should not have told, about one service that was away for a while. */
export function faultsOfLog(log: readonly LogLine[], trouble: Trouble): readonly string[] {
  const { destination, stoppedAt, backAt, codes } = trouble;
  const own = (line: LogLine): boolean => line.msg.startsWith(`${destination}: `);
  const begins = log.findIndex((line) => own(line) && isLoud(line));
  const ends = log.findLastIndex(isRecovery);

  const recoveredAt = Date.parse(log.findLast((line) => isRecovery(line) && own(line))?.time ?? '');
  // While it is away, and while it catches up, which takes about as long, the journal may tell how full it gets because of it.
  const explains = ({ msg, time }: LogLine): boolean =>
    msg.startsWith('journal: ') &&
    msg.includes(`waiting for ${destination}`) &&
    Date.parse(time) >= stoppedAt &&
    Date.parse(time) <= recoveredAt + (recoveredAt - stoppedAt);
  const faults = log
    .filter((line) => isLoud(line) && !own(line) && !explains(line))
    .map((line) => `log: ${line.level} ${line.msg}`);
  for (const line of log) if (isRecovery(line) && !own(line)) faults.push(`log: ${line.msg}`);
  const began = log[begins];
  if (began === undefined) return [...faults, `log: nothing is said of the trouble of ${destination}`];
  if (Date.parse(began.time) < stoppedAt || Date.parse(began.time) > backAt) {
    faults.push(`log: ${began.time} is not while ${destination} was away: ${began.msg}`);
  }
  if (began.code === undefined || !codes.has(began.code)) {
    faults.push(`log: the code ${began.code ?? 'none'} is none of /status: ${[...codes].join(', ')}`);
  }
  const ended = log[ends];
  if (ended === undefined || ends < begins) return [...faults, `log: it is not said that ${destination} is well again`];
  if (Date.parse(ended.time) < stoppedAt) faults.push(`log: ${ended.time} is before the stop: ${ended.msg}`);
  return faults;
}

function isLoud({ level }: LogLine): boolean {
  return level === 'warn' || level === 'error';
}

function isRecovery({ msg }: LogLine): boolean {
  return msg.includes('delivering again');
}
