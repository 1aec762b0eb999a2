import { join } from 'node:path';
import type { JournalSettings } from './settings.js';

/** Where the journal of a source is. */
export function journalFile({ folder }: Pick<JournalSettings, 'folder'>, source: string): string {
  return join(folder, `${source}.db`);
}
