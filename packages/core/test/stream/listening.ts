import { EventServer, type EventServerOptions } from '@grantex/testing';
import { Agent } from 'undici';
import { systemClock, type Clock } from '../../src/clock.js';
import type { Gap } from '../../src/journal/journal.js';
import { Connection, DEFAULT_CONNECTION_OPTIONS, type ConnectionOptions } from '../../src/stream/connection.js';
import { Hearing } from '../../src/stream/hearing.js';
import { sseTransport } from '../../src/stream/sse-transport.js';
import { RecordingLogger } from '../recording-logger.js';

export interface ListeningOptions {
  readonly clock?: Clock;
  readonly apiKey?: () => Promise<string>;
  readonly types?: readonly string[];
  readonly connection?: Partial<ConnectionOptions>;
  readonly server?: EventServerOptions;
}

/** An event server and one connection to it; what the connection brings is kept. */
export class Listening {
  readonly server: EventServer;
  readonly connection: Connection;
  readonly frames: string[] = [];
  readonly gaps: Gap[] = [];
  readonly logger = new RecordingLogger();
  readonly hearing = new Hearing((gap) => this.gaps.push(gap));
  /** Pieces of data that came. */
  pieces = 0;
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  #running: Promise<void> | undefined;

  private constructor(server: EventServer, options: ListeningOptions) {
    this.server = server;
    const { clock = systemClock, types, apiKey = async () => server.key } = options;
    const real = sseTransport(this.#agent, () => clock.now());
    this.connection = new Connection({
      transport: {
        name: 'sse',
        listen: (request, listener) =>
          real.listen(request, {
            ...listener,
            onBytes: () => {
              this.pieces++;
              listener.onBytes();
            },
          }),
      },
      url: new URL(server.url),
      apiKey,
      types,
      intake: {
        onFrame: (text) => this.frames.push(text),
        onOversize: () => {},
        backpressure: () => undefined,
        giveWay: () => undefined,
      },
      hearing: this.hearing,
      options: { ...DEFAULT_CONNECTION_OPTIONS, ...options.connection },
      clock,
      random: () => 0.5,
      logger: this.logger,
    });
  }

  static async start(options: ListeningOptions = {}): Promise<Listening> {
    return new Listening(await EventServer.start(options.server), options);
  }

  /** Runs until the end of the block, and resolves when the server has it among its streams. */
  async subscribe(): Promise<void> {
    this.run().catch(() => {}); // Told by the one who awaits run().
    await this.server.subscribed();
  }

  run(): Promise<void> {
    this.#running ??= this.connection.run();
    return this.#running;
  }

  /** Publishes one frame and resolves when it has come. */
  async hear(text = '{}'): Promise<void> {
    const { length } = this.frames;
    this.server.publishRaw(text);
    await until(() => this.frames.length > length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
    void this.connection.stop();
    await this.server.close();
  }
}

/** Resolves when the condition holds; rejects after a second and a half. */
export async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 1_500; !condition();) {
    if (performance.now() > end) throw new Error(`waited in vain for ${String(condition)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
