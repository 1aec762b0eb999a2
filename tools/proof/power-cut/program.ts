/** The process that is traced: `node program.ts '<settings as JSON>'`. Its marks are writes, so they are in the trace. */
import { writeSync } from 'node:fs';
import { encodeMark } from './operation.ts';
import { Script } from './script.ts';
import type { RunSettings } from './settings.ts';
import { plant } from './planted.ts';

/** How Node exits then. */
const UNSETTLED = 13;

const settings = JSON.parse(process.argv[2] ?? '{}') as RunSettings;
if (settings.fault !== undefined) plant(settings.fault);
const script = new Script(settings, (mark) => writeSync(1, encodeMark(mark)));
process.on('exit', (code) => {
  // Nothing goes on any more, and somebody still waits.
  if (code === UNSETTLED) console.error(`never done nor refused: ${script.underWay}`);
});
await script.run();
