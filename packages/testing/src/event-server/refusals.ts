import { STATUS_CODES } from 'node:http';
import { apiError, type HttpAnswer } from './http-answer.js';

/** How a connect is refused. */
export interface Refusal {
  readonly status: number;
  /** The API's error code. @defaultValue the status's name, e.g. `SERVICE_UNAVAILABLE` */
  readonly code?: string;
  /** @defaultValue the status's name */
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the JSON error: the page of a proxy, for instance. A status below 400 has an empty body unless one is given. */
  readonly body?: string;
}

function answerOf({ status, code, message, headers, body }: Refusal): HttpAnswer {
  const name = STATUS_CODES[status] ?? 'Error';
  const ofApi = apiError(status, code ?? name.toUpperCase().replaceAll(/[^A-Z]+/g, '_'), message ?? name);
  if (body !== undefined) return { status, headers: { ...headers }, body };
  if (status < 400) return { status, headers: { ...headers }, body: '' };
  return { ...ofApi, headers: { ...ofApi.headers, ...headers } };
}

/** The connects that are to be refused. */
export class Refusals {
  #left = 0;
  #refusal: Refusal = { status: 503 };

  /** The next `count` connects, `Infinity` for all. Replaces what was said before. */
  next(count: number, refusal: Refusal): void {
    this.#left = count;
    this.#refusal = refusal;
  }

  /** The answer for one connect, or undefined when it is welcome. */
  take(): HttpAnswer | undefined {
    if (this.#left <= 0) return undefined;
    this.#left -= 1;
    return answerOf(this.#refusal);
  }
}
