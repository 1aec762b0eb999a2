import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { isRecord } from './settings-path.js';
import { unreadable, type SettingsDocument } from './settings-document.js';

let loads = 0;

/**
 * The default export of a TypeScript or JavaScript module. A module is kept by the platform for ever, so each call loads it
 * under another address; what it imports in turn is not loaded again.
 */
export async function importSettings(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SettingsDocument> {
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined) throw unreadable('a file of settings', 'no such file');
  if (!stats.isFile()) throw unreadable('a file of settings', 'something that is no regular file');
  const url = pathToFileURL(file);
  url.searchParams.set('load', String(++loads));
  const module = await load(url.href, env);
  const value = (module as { readonly default?: unknown }).default;
  if (isRecord(value)) return { value, isCode: true, place: () => undefined };
  const got = value === undefined ? 'a module without one' : 'another one';
  throw unreadable('settings as the default export', got, 'write: export default defineConfig({ … })');
}

async function load(href: string, env: Readonly<Record<string, string | undefined>>): Promise<unknown> {
  try {
    return await import(href);
  } catch (error) {
    const [firstLine = ''] = String(error instanceof Error ? error.message : error).split('\n');
    throw unreadable('a module that can be loaded', `an error: ${withoutSecrets(firstLine, env).slice(0, 200)}`);
  }
}

/** The module's own code has seen the environment. */
function withoutSecrets(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return Object.values(env)
    .filter((value) => value !== undefined && value.length >= 8)
    .reduce<string>((shown, value) => shown.replaceAll(value as string, '…'), text);
}
