import type { AnswerRule } from './answer.js';
import type { ReceivedRequest } from './received-request.js';

/** Options of {@link HttpReceiver}. */
export interface HttpReceiverOptions {
  /** @defaultValue 0, a free one */
  readonly port?: number;
  /** PEM texts; with them the receiver speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The standing rule. @defaultValue 200 without a body */
  readonly answer?: AnswerRule;
  /** The event ids in a request. Called once for each request that is stored. */
  readonly parse?: (request: ReceivedRequest) => readonly string[];
  /** False keeps digest, size and ids of a request but not its body: for runs of many events. @defaultValue true */
  readonly keepBodies?: boolean;
  /** Largest body, on the wire and decoded; a larger one is answered 413. @defaultValue 67_108_864 */
  readonly maxBodyBytes?: number;
}

export interface ResolvedHttpReceiverOptions extends Required<Omit<HttpReceiverOptions, 'tls'>> {
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
}

export function resolveReceiverOptions(options: HttpReceiverOptions): ResolvedHttpReceiverOptions {
  return {
    port: options.port ?? 0,
    tls: options.tls,
    answer: options.answer ?? (() => ({ status: 200 })),
    parse: options.parse ?? (() => []),
    keepBodies: options.keepBodies ?? true,
    maxBodyBytes: options.maxBodyBytes ?? 64 * 1024 * 1024,
  };
}
