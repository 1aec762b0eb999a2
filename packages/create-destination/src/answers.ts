import {
  classNameFor,
  classNameProblem,
  namesOf,
  packageNameFor,
  packageNameProblem,
  typeIn,
  typeProblem,
  type Names,
} from './names.js';
import type { Questions } from './questions.js';
import { descriptionFor } from './render.js';

/** What was given on the command line. */
export interface Given {
  /** The service's short name, or the package's name, which ends in it. */
  readonly service?: string;
  readonly packageName?: string;
  readonly className?: string;
  readonly description?: string;
}

/** What the package will be called, and what is said of it. */
export interface Answers {
  readonly names: Names;
  readonly description: string;
}

/** Something on the command line is wrong or missing. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Makes answers of what was given, and asks for what was not. Without questions everything but the service has a default.
 * Throws a `UsageError` before the first question when something that was given is wrong.
 */
export async function findAnswers(given: Given, questions: Questions | undefined): Promise<Answers> {
  const from = given.service ?? given.packageName;
  const givenType = from === undefined ? undefined : typeIn(from);
  if (givenType !== undefined) refuse(`"${from}"`, typeProblem(givenType));
  if (given.packageName !== undefined) refuse('--name', packageNameProblem(given.packageName));
  if (given.className !== undefined) refuse('--class', classNameProblem(given.className));
  if (given.description !== undefined) refuse('--description', descriptionProblem(given.description));

  const type = givenType ?? (await questions?.type());
  if (type === undefined)
    throw new UsageError('which service? For example: npm create @grantex/destination -- acme --yes');
  // A package's name that was given in place of the service is meant as it is.
  const packageName = given.packageName ?? (from === type ? undefined : from) ?? packageNameFor(type);
  const chosen =
    given.packageName === undefined && questions !== undefined ? await questions.packageName(packageName) : packageName;
  refuse(`"${chosen}"`, packageNameProblem(chosen));
  const className = given.className ?? (await questions?.className(classNameFor(type))) ?? classNameFor(type);
  const names = namesOf(type, chosen, className);
  const proposal = descriptionFor(names);
  return { names, description: given.description ?? (await questions?.description(proposal)) ?? proposal };
}

/** Why this cannot stand in package.json and in the README; undefined when it can. */
export function descriptionProblem(description: string): string | undefined {
  const isLine = description.trim() !== '' && description.length <= 200 && !/\p{Cc}/u.test(description);
  return isLine ? undefined : 'expected a sentence on one line, 200 characters at most';
}

function refuse(what: string, problem: string | undefined): void {
  if (problem !== undefined) throw new UsageError(`${what}: ${problem}`);
}
