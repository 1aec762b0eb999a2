import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadSettings } from '../../src/settings/load-settings.js';
import { SettingsError, type SettingsProblem } from '../../src/settings/settings-problem.js';
import type { Settings } from '../../src/settings/settings.js';

type Env = Readonly<Record<string, string | undefined>>;

/** A folder with files of settings; it is removed with everything in it. */
export class SettingsFolder implements AsyncDisposable {
  readonly path: string;

  static async make(): Promise<SettingsFolder> {
    return new SettingsFolder(await mkdtemp(join(tmpdir(), 'settings-')));
  }

  private constructor(path: string) {
    this.path = path;
  }

  /** Returns the file's absolute path. */
  async write(name: string, text: string): Promise<string> {
    const file = join(this.path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  async load(text: string, env: Env = {}, name = 'settings.yaml'): Promise<Settings> {
    return await loadSettings(await this.write(name, text), { env });
  }

  /** What is wrong; empty when the settings are right. */
  async problems(text: string, env: Env = {}, name = 'settings.yaml'): Promise<readonly SettingsProblem[]> {
    const error = await this.error(text, env, name);
    return error?.problems ?? [];
  }

  async error(text: string, env: Env = {}, name = 'settings.yaml'): Promise<SettingsError | undefined> {
    try {
      await this.load(text, env, name);
      return undefined;
    } catch (error) {
      if (error instanceof SettingsError) return error;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
