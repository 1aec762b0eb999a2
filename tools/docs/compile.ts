import type { Finding } from './finding.ts';
import type { PageProgram } from './programs.ts';
import { start } from './process.ts';
import type { Scratch } from './scratch.ts';

const COMPLAINT = /^(\S[^(\n]*)\((\d+),\d+\): error (.+(?:\n +.+)*)/gm;

/** What cannot even be parsed hides all other faults from the compiler. */
const SYNTAX = /^TS1\d{3}:/;

/** Compiles the programs of all pages at once, as a reader would: strict, against the packages as they are built. */
export async function compile(programs: readonly PageProgram[], scratch: Scratch): Promise<Finding[]> {
  if (programs.length === 0) return [];
  await Promise.all(programs.map(({ file, text }) => scratch.write(file, text)));
  const complaints = await runCompiler(scratch);
  const unreadable = new Set(complaints.filter(({ message }) => SYNTAX.test(message)).map(({ file }) => file));
  if (unreadable.size > 0) {
    await Promise.all([...unreadable].map((file) => scratch.write(file, '')));
    complaints.push(...(await runCompiler(scratch)));
  }
  const pages = new Map(programs.map(({ file, page }) => [file, page]));
  return complaints.map(({ file, line, message }) => ({ page: pages.get(file) ?? file, line, message }));
}

interface Complaint {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

async function runCompiler(scratch: Scratch): Promise<Complaint[]> {
  const { exitCode, output } = await start('tsc', ['-p', '.', '--pretty', 'false'], { folder: scratch.folder });
  const complaints = [...output.matchAll(COMPLAINT)].map(([, file = '', line, message = '']) => {
    return { file, line: Number(line), message };
  });
  if (exitCode !== 0 && complaints.length === 0) throw new Error(`tsc failed:\n${output}`);
  return complaints;
}
