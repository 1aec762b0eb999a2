import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { serviceAddress, SERVICES_DIR, type ServiceName } from '../../services/address.ts';
import { start } from '../../services/server.ts';

/** Ends the server that `serviceAddress` finds, and none on another port. Resolves when its process has ended. */
async function stopService(name: ServiceName): Promise<void> {
  const script = fileURLToPath(new URL(`../../services/servers/${name}`, import.meta.url));
  const env = { ...process.env, GRANTEX_SERVICES_DIR: SERVICES_DIR };
  const child = spawn(script, ['stop'], { env, stdio: 'ignore' });
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0 || serviceAddress(name) !== undefined) throw new Error(`${name} could not be ended`);
}

/** Resolves when it is ready again. */
async function startService(name: ServiceName): Promise<void> {
  const progress: string[] = [];
  const { kind } = await start(name, (line) => progress.push(line));
  if (kind !== 'ready') throw new Error(`${name} did not start: ${progress.join('; ')}`);
}

/** A service that is away, until it is brought back. */
export class AwayService implements AsyncDisposable {
  readonly #name: ServiceName;
  #isAway = false;

  constructor(name: ServiceName) {
    this.#name = name;
  }

  async takeAway(): Promise<void> {
    this.#isAway = true;
    await stopService(this.#name);
  }

  async bringBack(): Promise<void> {
    if (!this.#isAway) return;
    await startService(this.#name);
    this.#isAway = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bringBack();
  }
}
