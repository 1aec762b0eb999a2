import { SqliteJournal } from '@grantex/journal-sqlite';
import { makeRecords, SILENT } from './make-events.ts';

/** A process with a journal: `node journal-process.ts <path> <appends>`; says `ready` and does not end by itself. */
const [path = '', appends = '0'] = process.argv.slice(2);
const journal = new SqliteJournal({ path });
await journal.open(SILENT);
await journal.openCursor('a', { onReadable: () => {} });
for (let index = 0; index < Number(appends); index++) await journal.append(makeRecords(1 + index * 10, 10));
process.send?.('ready');
process.on('message', (count: number) => {
  void journal.append(makeRecords(1 + journal.stats().head, count)).then(() => process.send?.('appended'));
});
