import type { Answer, AnswerRule } from './answer.js';
import type { ReceivedRequest } from './received-request.js';
import { seededRandom } from '../seeded-random.js';

/** Failures by chance, the same ones for the same seed. */
export interface RandomFailures {
  /** Share of the requests that fail, from 0 to 1. */
  readonly rate: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** @defaultValue status 500 */
  readonly answer?: Answer;
}

/** What the receiver answers: first what was queued, then failures by chance, then the standing rule. */
export class AnswerScript {
  standing: AnswerRule;
  readonly #queue: (Answer | AnswerRule)[] = [];
  #failures: { readonly rate: number; readonly answer: Answer; readonly random: () => number } | undefined;

  constructor(standing: AnswerRule) {
    this.standing = standing;
  }

  queue(answers: readonly (Answer | AnswerRule)[]): void {
    this.#queue.push(...answers);
  }

  failAtRandom({ rate, seed = 1, answer = { status: 500 } }: RandomFailures): void {
    this.#failures = { rate, answer, random: seededRandom(seed) };
  }

  /** The answer to a request of which only the headers are there; undefined when the standing rule decides. */
  take(): Answer | AnswerRule | undefined {
    const queued = this.#queue.shift();
    if (queued !== undefined) return queued;
    const failures = this.#failures;
    return failures !== undefined && failures.random() < failures.rate ? failures.answer : undefined;
  }

  /** The answer to a whole request, after {@link take}. */
  async decide(taken: Answer | AnswerRule | undefined, request: ReceivedRequest): Promise<Answer> {
    const rule = taken ?? this.standing;
    return typeof rule === 'function' ? rule(request) : rule;
  }
}
