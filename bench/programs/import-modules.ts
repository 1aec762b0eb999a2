/** Imports the modules that its first argument lists, and tells how many milliseconds each took. */
import { tell } from './tell.ts';

const modules = JSON.parse(process.argv[2] ?? '[]') as readonly string[];
const times: number[] = [];
for (const module of modules) {
  const before = performance.now();
  await import(module);
  times.push(performance.now() - before);
}
await tell(times);
process.exit(0);
