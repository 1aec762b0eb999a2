import { basename, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findAnswers, UsageError } from './answers.js';
import type { Questions } from './questions.js';
import type { Versions } from './render.js';
import { folderProblem, writePackage } from './write-package.js';

export const HELP = `Writes the package of a destination for Grantex authorization events.

  npm create @grantex/destination                       asks
  npm create @grantex/destination -- acme --yes         asks nothing

  acme                   the service that the events go to, or the name of the package

  --name <package>       the package, with a scope or without      grantex-destination-acme
  --class <name>         the class                                 AcmeDestination
  --description <text>   one sentence                              Delivers Grantex authorization events to Acme.
  --folder <path>        where to; it has to be empty              the package's name without its scope
  --yes                  takes these defaults for what is not given
  --help
`;

const OPTIONS = {
  name: { type: 'string' },
  class: { type: 'string' },
  description: { type: 'string' },
  folder: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
} as const;

export interface Surroundings {
  /** Where a folder without a path is put. */
  readonly folder: string;
  readonly versions: () => Promise<Versions>;
  /** Undefined: there is nobody to ask. */
  readonly questions: Questions | undefined;
}

/** Does what the arguments say. @returns what to print; throws a `UsageError` before anything is written */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<string> {
  const { values, positionals } = parse(args);
  if (values.help === true) return HELP;
  const [service, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one name is enough, got ${positionals.join(', ')}`);
  const given = {
    ...(service !== undefined && { service }),
    ...(values.name !== undefined && { packageName: values.name }),
    ...(values.class !== undefined && { className: values.class }),
    ...(values.description !== undefined && { description: values.description }),
  };
  const { names, description } = await findAnswers(given, values.yes === true ? undefined : surroundings.questions);
  const folder = resolve(surroundings.folder, values.folder ?? basename(names.packageName));
  const problem = await folderProblem(folder);
  if (problem !== undefined) throw new UsageError(`${problem}; --folder names another one`);
  await writePackage(folder, { names, description, versions: await surroundings.versions() });
  const path = relative(surroundings.folder, folder);
  return nextSteps(names.packageName, path);
}

function nextSteps(packageName: string, path: string): string {
  const enter = path === '' ? [] : [`  cd ${/^[\w./@-]+$/.test(path) ? path : JSON.stringify(path)}`];
  const commands = [
    ...enter,
    '  npm install',
    '  npm test            # the tables, and the contract that every destination keeps',
  ];
  return [
    `${packageName} is written. Next:`,
    '',
    ...commands,
    '',
    'It speaks JSON over HTTP with a key. What your service has otherwise belongs in src/options.ts, encode.ts and classify.ts.',
    '',
  ].join('\n');
}

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
