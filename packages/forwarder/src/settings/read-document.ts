import { extname } from 'node:path';
import { readBoundedFile } from './bounded-file.js';
import { importSettings } from './module-document.js';
import { unreadable, type Finding, type SettingsDocument } from './settings-document.js';
import { isRecord } from './settings-path.js';
import { parseSettings } from './yaml-document.js';

type Env = Readonly<Record<string, string | undefined>>;

const MAX_FILE_BYTES = 1_048_576;
const MODULES: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);

/** A file of settings as it stands there: a map with places. Throws `UnreadableSettings`. */
export async function readDocument(
  path: string,
  env: Env,
): Promise<{ document: SettingsDocument; findings: Finding[] }> {
  if (MODULES.has(extname(path))) return { document: await importSettings(path, env), findings: [] };
  const text = await readBoundedFile(path, MAX_FILE_BYTES);
  if (typeof text !== 'string') throw unreadable('a file of settings', text.why);
  const { document, findings } = parseSettings(text);
  const { value } = document;
  if (isRecord(value)) return { document, findings };
  const init = 'grantex-forwarder init writes a file to begin with';
  if (value === null || value === undefined) throw unreadable('sources and destinations', 'an empty file', init);
  throw unreadable('sources and destinations by name', Array.isArray(value) ? 'a list' : 'a single value', init);
}
