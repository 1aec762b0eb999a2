import { isCancel, text } from '@clack/prompts';
import { classNameProblem, packageNameProblem, typeProblem } from './names.js';
import { descriptionProblem } from './answers.js';

/** What the program needs to know, one question each. */
export interface Questions {
  type(): Promise<string>;
  packageName(proposal: string): Promise<string>;
  className(proposal: string): Promise<string>;
  description(proposal: string): Promise<string>;
}

/** Somebody has ended the questions. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Asks on the terminal. */
export const terminalQuestions: Questions = {
  type: () => ask('Which service do the events go to? A short name:', '', typeProblem, 'acme'),
  packageName: (proposal) => ask('Name of the package', proposal, packageNameProblem),
  className: (proposal) => ask('Name of the class', proposal, classNameProblem),
  description: (proposal) => ask('What does it do? One sentence:', proposal, descriptionProblem),
};

/** Enter takes the proposal. */
async function ask(
  message: string,
  proposal: string,
  problem: (answer: string) => string | undefined,
  example = proposal,
): Promise<string> {
  const answer = await text({
    message,
    placeholder: example,
    defaultValue: proposal,
    validate: (entered) => problem(entered === undefined || entered === '' ? proposal : entered),
  });
  if (isCancel(answer)) throw new Cancelled('ended: nothing was written');
  return answer;
}
