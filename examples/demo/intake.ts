// The third of the three processes: takes logs in as Datadog does, and fails for a moment.
import { setTimeout as sleep } from 'node:timers/promises';
import { datadogReceiver } from '@grantex/testing';
import { endTogether, tell } from './messages.ts';
import { FORGOTTEN, LOST_ANSWERS_AT, OUTAGE_AT, OUTAGE_MS, WHOLE_MS } from './scenario.ts';

const REPORT_MS = 50;
const PATIENCE = { timeoutMs: WHOLE_MS };

endTogether();
const sabotage = process.argv.includes('--sabotage');
const intake = await datadogReceiver({ keepBodies: false });
tell({ kind: 'ready', url: intake.url, key: intake.apiKey });

let reported = 0;
setInterval(report, REPORT_MS);
process.on('message', () => {
  report();
  tell({ kind: 'finished', requests: intake.counts.requests });
});

await intake.waitFor(LOST_ANSWERS_AT, PATIENCE);
intake.next({ dropAnswer: true }, { reset: 'after-store' });
tell({ kind: 'trouble', text: 'the intake stores two requests, but its answers get lost' });

await intake.waitFor(OUTAGE_AT, PATIENCE);
intake.next({ status: 503 }, { reset: 'before' });
intake.failAtRandom({ rate: 1, answer: { status: 503 } });
tell({ kind: 'trouble', text: 'the intake fails: 503, and connections are cut' });
await sleep(OUTAGE_MS / 2);

await intake.down();
tell({ kind: 'trouble', text: 'the intake is down' });
await sleep(OUTAGE_MS / 2);

intake.failAtRandom({ rate: 0 });
await intake.up();
tell({ kind: 'trouble', text: 'the intake is up again' });

/** Tells which events were stored since the last time. */
function report(): void {
  const ids = intake.ids.slice(reported);
  if (ids.length === 0) return;
  reported += ids.length;
  const forgotten = sabotage ? intake.ids[FORGOTTEN - 1] : undefined;
  tell({ kind: 'stored', ids: ids.filter((id) => id !== forgotten) });
}
