/** Resident memory as the operating system and V8 tell it, in MiB. */

const MIB = 2 ** 20;

/** What the process holds now. `native` is what is neither V8's nor a buffer: SQLite, code, the allocator. */
export function describeMemory(): string {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  const native = rss - heapTotal - external;
  const parts = Object.entries({ rss, heapUsed, heapTotal, external, arrayBuffers, native });
  return parts.map(([name, bytes]) => `${name} ${Math.round(bytes / MIB)}`).join(', ');
}

/** The most that was resident since the process began. */
export function peakMebibytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1_024);
}
