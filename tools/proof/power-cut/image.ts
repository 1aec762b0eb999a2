import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { eventText } from './event-text.ts';
import { findJournal } from './found-journal.ts';
import type { Candidate } from './history.ts';
import type { RunSettings } from './settings.ts';
import { judge, type TextOf } from './verdict.ts';

/** Judges what power cuts leave of one recorded run. */
export class ImageRoom {
  readonly #settings: RunSettings;
  readonly #room: string;
  readonly #texts = new Map<number, string>();

  constructor(settings: RunSettings, room: string) {
    this.#settings = settings;
    this.#room = room;
  }

  /** Lays the files out, opens the journal among them, and says what is wrong with it. */
  async judge(files: ReadonlyMap<string, Buffer>, candidates: readonly Candidate[]): Promise<readonly string[]> {
    const folder = join(this.#room, 'image');
    mkdirSync(folder);
    try {
      for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
      const settings = { ...this.#settings, path: join(folder, basename(this.#settings.path)) };
      // A cursor is made by opening it: only one that has to be there is asked for.
      const cursors = [...(candidates[0]?.account.cursors.keys() ?? [])];
      const found = await findJournal(settings, cursors);
      return judge(found, candidates, this.#textOf);
    } catch (error) {
      return [`the journal cannot be used: ${error instanceof Error ? error.message : String(error)}`];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  readonly #textOf: TextOf = (position) => {
    const known = this.#texts.get(position);
    if (known !== undefined) return known;
    const text = eventText(this.#settings, position);
    this.#texts.set(position, text);
    return text;
  };
}
