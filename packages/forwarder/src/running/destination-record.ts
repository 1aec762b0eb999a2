import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

interface Recorded {
  /** Destinations that were switched off by a command; those with `enabled: false` are in the file of settings. */
  readonly off: readonly string[];
  /** The type that each destination had: the open batches in its cursor are that type's. */
  readonly types: Readonly<Record<string, string>>;
}

const NOTHING: Recorded = { off: [], types: {} };

/** What has to be known of the destinations after a restart, beside their cursors. A small file in the journal's folder. */
export class DestinationRecord {
  readonly #path: string | undefined;
  #recorded: Recorded;

  private constructor(path: string | undefined, recorded: Recorded) {
    this.#path = path;
    this.#recorded = recorded;
  }

  /** Without a path nothing outlives the process. A file that cannot be understood counts as none. */
  static async read(path: string | undefined): Promise<DestinationRecord> {
    if (path === undefined) return new DestinationRecord(undefined, NOTHING);
    try {
      return new DestinationRecord(path, { ...NOTHING, ...(JSON.parse(await readFile(path, 'utf8')) as Recorded) });
    } catch {
      return new DestinationRecord(path, NOTHING);
    }
  }

  isOff(name: string): boolean {
    return this.#recorded.off.includes(name);
  }

  /** The type that the destination of this name had when it was last delivered to. */
  typeOf(name: string): string | undefined {
    return this.#recorded.types[name];
  }

  async setOff(name: string, isOff: boolean): Promise<void> {
    const off = this.#recorded.off.filter((other) => other !== name);
    await this.#write({ ...this.#recorded, off: isOff ? [...off, name] : off });
  }

  async setTypes(types: Readonly<Record<string, string>>): Promise<void> {
    if (JSON.stringify(types) !== JSON.stringify(this.#recorded.types)) await this.#write({ ...this.#recorded, types });
  }

  async #write(recorded: Recorded): Promise<void> {
    this.#recorded = recorded;
    if (this.#path === undefined) return;
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const fresh = `${this.#path}.new`;
    const file = await open(fresh, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(recorded)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.#path);
  }
}
