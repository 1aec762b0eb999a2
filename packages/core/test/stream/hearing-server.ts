import { EventServer, type EventServerOptions } from '@grantex/testing';
import { Agent } from 'undici';
import { systemClock, type Clock } from '../../src/clock.js';
import { silentLogger } from '../../src/logger.js';
import type { Gap } from '../../src/journal/journal.js';
import { MemoryJournal } from '../../src/journal/memory-journal.js';
import { DEFAULT_CONNECTION_OPTIONS, type ConnectionOptions } from '../../src/stream/connection.js';
import { Connections } from '../../src/stream/connections.js';
import { Hearing } from '../../src/stream/hearing.js';
import { Intake } from '../../src/stream/intake.js';
import { sseTransport } from '../../src/stream/sse-transport.js';
import type { StreamTransport, TransportName } from '../../src/stream/transport.js';
import { webSocketTransport } from '../../src/stream/websocket-transport.js';
import { RecordingLogger } from '../recording-logger.js';

export interface HearingServerOptions {
  readonly clock?: Clock;
  readonly apiKey?: () => Promise<string>;
  readonly types?: readonly string[];
  /** @defaultValue one WebSocket */
  readonly transports?: readonly TransportName[];
  readonly count?: number;
  readonly maxAgeMs?: number;
  readonly connection?: Partial<ConnectionOptions>;
  readonly server?: EventServerOptions;
  readonly random?: () => number;
  readonly intake?: Partial<Pick<Intake, 'onFrame' | 'onOversize' | 'backpressure'>>;
}

/** An event server, connections to it, and what comes over them: as frames, and once each in a journal. */
export class HearingServer {
  readonly server: EventServer;
  readonly connections: Connections;
  readonly intake: Intake;
  readonly frames: string[] = [];
  readonly oversize: string[] = [];
  readonly gaps: Gap[] = [];
  readonly logger = new RecordingLogger();
  readonly hearing = new Hearing((gap) => this.gaps.push(gap));
  /** Ids in the order in which they were appended. */
  readonly ids: string[] = [];
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  #running: Promise<void> | undefined;

  private constructor(server: EventServer, options: HearingServerOptions) {
    this.server = server;
    const { clock = systemClock, types, apiKey = async () => server.key, random = () => 0.5 } = options;
    const journal = new MemoryJournal({ clock });
    const append = journal.append.bind(journal);
    journal.append = async (group, ...rest) => {
      this.ids.push(...group.map(({ id }) => id));
      return append(group, ...rest);
    };
    const { logger, hearing } = this;
    const heardUntil = (): number | undefined => hearing.heardUntil(0);
    // Many of the frames are no events, which is of no interest here.
    this.intake = new Intake({
      journal,
      types,
      heardUntil,
      isReadingAhead: () => false,
      clock,
      random,
      logger: silentLogger,
    });
    this.intake.open([]);
    const now = (): number => clock.now();
    const known: Record<TransportName, StreamTransport> = {
      sse: sseTransport(this.#agent, now),
      websocket: webSocketTransport({ now }),
    };
    const { transports = ['websocket'] } = options;
    this.connections = new Connections({
      transports: transports.map((name) => known[name]),
      count: options.count ?? transports.length,
      maxAgeMs: options.maxAgeMs,
      url: new URL(server.url),
      apiKey,
      types,
      intake: {
        onFrame: (text) => {
          this.frames.push(text);
          this.intake.onFrame(text);
        },
        onOversize: (head) => this.oversize.push(head),
        backpressure: () => undefined,
        giveWay: () => undefined,
        ...options.intake,
      },
      hearing,
      options: { ...DEFAULT_CONNECTION_OPTIONS, ...options.connection },
      clock,
      random,
      logger,
    });
  }

  static async start(options: HearingServerOptions = {}): Promise<HearingServer> {
    return new HearingServer(await EventServer.start(options.server), options);
  }

  run(): Promise<void> {
    this.#running ??= this.connections.run();
    return this.#running;
  }

  /** Runs until the end of the block, and resolves when the server has one stream. */
  async subscribe(): Promise<void> {
    this.run().catch(() => {}); // Told by the one who awaits run().
    await this.server.subscribed();
  }

  /** Publishes one frame and resolves when it has come on `times` connections. */
  async hear(text = '{}', times = 1): Promise<void> {
    const { length } = this.frames;
    this.server.publishRaw(text);
    await until(() => this.frames.length >= length + times);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.#agent.destroy();
    void this.connections.stop();
  }
}

/** Resolves when the condition holds; rejects after three seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 3_000; !condition();) {
    if (performance.now() > end) throw new Error(`waited in vain for ${String(condition)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
