import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** The lines that a program has printed. */
export class Lines {
  readonly all: string[] = [];
  readonly add = (line: string): void => void this.all.push(line);

  /** Resolves to the first line with this text in it. */
  async find(text: string): Promise<string> {
    for (;;) {
      const found = this.all.find((line) => line.includes(text));
      if (found !== undefined) return found;
      await sleep(POLL_MS);
    }
  }
}
