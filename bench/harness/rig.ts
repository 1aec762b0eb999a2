import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StreamOrder } from '../programs/event-server.ts';
import type { Received, ReceiverOrder } from '../programs/receiver.ts';
import type { Measured, Settings } from '../programs/settings.ts';

/** A run that takes longer is broken. */
const RUN_TIMEOUT_MS = 300_000;

export type Program = 'floor' | 'naive' | 'pipeline';

function fileOf(program: string): string {
  return fileURLToPath(new URL(`../programs/${program}.ts`, import.meta.url));
}

/** A process at the other end: it says where it is, and takes orders. */
class OtherEnd<Order extends object> implements Disposable {
  readonly #child: ChildProcess;
  readonly url: string;
  readonly key: string;

  protected constructor(child: ChildProcess, { url, key = '' }: { url: string; key?: string }) {
    this.#child = child;
    this.url = url;
    this.key = key;
  }

  static async start<Order extends object>(program: string): Promise<OtherEnd<Order>> {
    const child = fork(fileOf(program));
    return new OtherEnd<Order>(child, await nextMessage(child));
  }

  async order(order: Order): Promise<void> {
    await this.ask(order);
  }

  async ask<Answer>(question: object | string): Promise<Answer> {
    const answer = nextMessage<Answer>(this.#child);
    this.#child.send(question);
    return await answer;
  }

  [Symbol.dispose](): void {
    this.#child.disconnect();
  }
}

export type EventServerProcess = OtherEnd<StreamOrder>;
export type ReceiverProcess = OtherEnd<ReceiverOrder>;

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const [message] = (await once(child, 'message')) as [Message];
  return message;
}

/** An event server and receivers, each a process of its own, for one competitor after the other. */
export class Rig implements Disposable {
  readonly server: EventServerProcess;
  readonly receivers: readonly ReceiverProcess[];

  private constructor(server: EventServerProcess, receivers: readonly ReceiverProcess[]) {
    this.server = server;
    this.receivers = receivers;
  }

  static async start(receivers = 1): Promise<Rig> {
    const server = await OtherEnd.start<StreamOrder>('event-server');
    const ends: ReceiverProcess[] = [];
    while (ends.length < receivers) ends.push(await OtherEnd.start<ReceiverOrder>('receiver'));
    return new Rig(server, ends);
  }

  /** Where receiver number `index` is. */
  urlOf(index = 0): string {
    const receiver = this.receivers[index];
    if (receiver === undefined) throw new RangeError(`there is no receiver ${index}`);
    return receiver.url;
  }

  async received(index = 0): Promise<Received> {
    const receiver = this.receivers[index];
    if (receiver === undefined) throw new RangeError(`there is no receiver ${index}`);
    return await receiver.ask<Received>('tell');
  }

  /** Lets one competitor deliver everything, in a process of its own. */
  async run(
    program: Program,
    settings: Omit<Settings, 'streamUrl' | 'streamKey'>,
    {
      receivers = [],
      mayMiss = false,
      ...order
    }: Pick<StreamOrder, 'perSecond' | 'bearsMoment'> & {
      readonly receivers?: readonly ReceiverOrder[];
      readonly mayMiss?: boolean;
    } = {},
  ): Promise<Measured> {
    const { events, warmUp } = settings;
    await this.server.order({ events, warmUp, ...order });
    for (const [index, receiver] of this.receivers.entries()) await receiver.order(receivers[index] ?? {});
    const told: Settings = { ...settings, streamUrl: this.server.url, streamKey: this.server.key };
    const child = fork(fileOf(program), [JSON.stringify(told)], { timeout: RUN_TIMEOUT_MS });
    let measured: Measured | undefined;
    child.on('message', (message: Measured | 'warm') => {
      if (message === 'warm') void this.server.ask('go on');
      else measured = message;
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (measured === undefined) throw new Error(`${program} ended with ${code} and told nothing`);
    if (measured.amiss > 0 && !mayMiss)
      throw new Error(`${program}: ${measured.amiss} events were sent again or not at all`);
    return measured;
  }

  [Symbol.dispose](): void {
    this.server[Symbol.dispose]();
    for (const receiver of this.receivers) receiver[Symbol.dispose]();
  }
}
