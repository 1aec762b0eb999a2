import { SqliteJournal } from '@grantex/journal-sqlite';
import { makeRecords, SILENT } from './make-events.ts';

/** A process with nothing else to do, which closes its journal about when the log has become long: so many turns later. */
const [path = '', turns = '0'] = process.argv.slice(2);
const journal = new SqliteJournal({ path });
await journal.open(SILENT);
const cursor = await journal.openCursor('a', { from: 'oldest', onReadable: () => {} });
const appending = journal.append(makeRecords(1 + journal.stats().head, 5_000, 1_000));
if (turns === '0') await new Promise((resolve) => process.nextTick(resolve));
else await appending;
for (let turn = 1; turn < Number(turns); turn++) await Promise.resolve();
const others = [appending, cursor.commit({ settled: [[1, 1]] }), journal.append(makeRecords(900_001, 1))];
const closing = journal.close();
await Promise.allSettled(others);
await closing;
process.stdout.write('closed');
