import { isCancel, multiselect, select, text, type TextOptions } from '@clack/prompts';
import type { Readable, Writable } from 'node:stream';
import { isLoopback } from '@grantex/core';
import { CommandFailure } from '../../exit-codes.js';
import type { CommandContext } from '../context.js';
import { DESTINATION_TEMPLATES } from './destination-templates.js';
import { missingOptions, needTemplate, problemOf, readOption } from './flags.js';
import { DEFAULT_URL, DEV_SERVER_URL, type DestinationPlan } from './plan.js';

/** Why an event server cannot be reached safely at this address; undefined when it can. */
export function urlProblem(given: string): string | undefined {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return `expected an address such as ${DEFAULT_URL}`;
  if (url.username !== '' || url.password !== '') return 'expected an address without user name and password';
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return 'expected https, because a key is sent there';
  return undefined;
}

/** Asks on the terminal. Every question ends the command when it is cancelled. */
export class Questions {
  readonly #common: { readonly input: Readable; readonly output: Writable; readonly signal: AbortSignal };

  constructor({ stdin, stdout, signal }: CommandContext) {
    this.#common = { input: stdin as Readable, output: stdout as Writable, signal };
  }

  async sourceUrl(): Promise<string> {
    const where = await this.#answer(
      select({
        ...this.#common,
        message: 'Where do the events come from?',
        options: [
          { value: DEFAULT_URL, label: DEFAULT_URL, hint: 'with an API key of your account' },
          { value: '', label: 'another address', hint: 'a Grantex of your own' },
          { value: DEV_SERVER_URL, label: 'try it without an account', hint: 'grantex-forwarder dev-server' },
        ],
      }),
    );
    if (where !== '') return where;
    const message = 'Address of the event server';
    return this.#text({ message, placeholder: DEFAULT_URL, validate: (url) => urlProblem(url ?? '') });
  }

  async destinations(): Promise<readonly DestinationPlan[]> {
    const types = await this.#answer(
      multiselect({
        ...this.#common,
        message: 'Where do they go? (space chooses, enter goes on)',
        options: DESTINATION_TEMPLATES.map(({ definition, label }) => ({ value: definition.type, label })),
        required: true,
      }),
    );
    return types.map((type) => ({ name: type, type, options: {} }));
  }

  /** The destination with what was missing. */
  async complete(plan: DestinationPlan): Promise<DestinationPlan> {
    const template = needTemplate(plan.type);
    const options: Record<string, unknown> = { ...plan.options };
    for (const { option, question, example } of missingOptions(plan)) {
      const validate = (entered: string | undefined): string | undefined => {
        const value = readOption(template, option, entered ?? '');
        return problemOf(template, { ...options, [option]: value }, option);
      };
      const entered = await this.#text({ message: `${plan.name}: ${question}`, placeholder: example, validate });
      options[option] = readOption(template, option, entered);
    }
    return { ...plan, options };
  }

  #text(options: Pick<TextOptions, 'message' | 'placeholder' | 'validate'>): Promise<string> {
    return this.#answer(text({ ...this.#common, ...options }));
  }

  async #answer<Answer>(question: Promise<Answer>): Promise<Exclude<Answer, symbol>> {
    const answer = await question;
    if (isCancel(answer)) throw new CommandFailure('ended: nothing was written');
    return answer as Exclude<Answer, symbol>;
  }
}
