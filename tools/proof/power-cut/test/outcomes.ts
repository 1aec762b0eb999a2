import { Chance } from '../chance.ts';
import { Disk } from '../disk.ts';
import { FolderCalls, type FolderCall } from '../folder-call.ts';
import { TraceReader } from '../trace.ts';

/** Every file `a` that a power cut may leave, as text; `absent` where there is none. */
export function outcomes(calls: readonly FolderCall[]): string[] {
  const disk = new Disk();
  for (const call of calls) disk.apply(call);
  const found = Array.from({ length: 400 }, (_, seed) => {
    return disk.afterPowerCut(new Chance(seed)).get('a')?.toString('latin1') ?? 'absent';
  });
  return [...new Set(found)].toSorted();
}

/** What lines of a trace tell about the folder `/f`. */
export function understand(lines: readonly string[]): FolderCall[] {
  const reader = new TraceReader();
  const understood = new FolderCalls('/f');
  return lines.flatMap((line) => {
    const step = reader.read(line);
    return (step && understood.understand(step)) ?? [];
  });
}

/** As strace writes it. */
export function hex(text: string): string {
  const bytes = Buffer.from(text).toString('hex');
  return `"${bytes.replaceAll(/../g, String.raw`\x$&`)}"`;
}
