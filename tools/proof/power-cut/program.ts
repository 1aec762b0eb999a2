/** The process that is traced: `node program.ts '<settings as JSON>'`. Its marks are writes, so they are in the trace. */
import { writeSync } from 'node:fs';
import { encodeMark } from './operation.ts';
import { Script } from './script.ts';
import type { RunSettings } from './settings.ts';
import { plant } from './planted.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as RunSettings;
if (settings.fault !== undefined) plant(settings.fault);
await new Script(settings, (mark) => writeSync(1, encodeMark(mark))).run();
