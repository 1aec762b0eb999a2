import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { settingsJsonSchema } from '../settings/json-schema.js';
import type { CommandContext } from './context.js';
import { Questions, urlProblem } from './init/ask.js';
import { DESTINATION_TYPES } from './init/destination-templates.js';
import { applySetFlags, missingOptions, needTemplate, readDestinationFlags } from './init/flags.js';
import { DEFAULT_URL, sourcePlan, variableFor, type SettingsPlan } from './init/plan.js';
import { settingsText } from './init/settings-text.js';
import { paint } from './terminal.js';

const USUAL_FILE = 'grantex-forwarder.yaml';

/** The owner writes it, and the group of the service reads it. */
const MODE = 0o640;

const EXAMPLES = `
Destinations: ${DESTINATION_TYPES.join(', ')}

Examples:
  $ grantex-forwarder init                                     asks everything
  $ grantex-forwarder init --destination datadog --yes         asks nothing
  $ grantex-forwarder init --destination archive=s3 --set archive.bucket=audit --yes
  $ grantex-forwarder init --schema grantex-forwarder.schema.json    for editors

Secrets are never asked for: the file refers to variables of the environment, and the end says which.`;

interface InitOptions {
  readonly sourceUrl?: string;
  readonly destination?: readonly string[];
  readonly set?: readonly string[];
  readonly schema?: string;
  readonly force?: true;
  readonly yes?: true;
}

export function initCommand(context: CommandContext): Command {
  return new Command('init')
    .description('write a commented file of settings')
    .argument('[file]', 'where to', USUAL_FILE)
    .option('--source-url <url>', `the address of the event server (default: ${DEFAULT_URL})`)
    .option('--destination <type>', 'a destination: its type, or name=type; repeatable', collect)
    .option('--set <name.option=value>', 'an option of a destination; repeatable', collect)
    .option('--schema <file>', 'also write the JSON Schema of the settings there, and refer to it')
    .option('-y, --yes', 'ask nothing')
    .option('--force', 'replace files that are there')
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: InitOptions) => init(context, file, options));
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

async function init(context: CommandContext, given: string, options: InitOptions): Promise<void> {
  const file = resolve(context.folder, given);
  const schemaFile = options.schema === undefined ? undefined : resolve(context.folder, options.schema);
  if (schemaFile === file) throw new CommandFailure('--schema: expected another file than the settings', EXIT.usage);
  for (const path of [file, schemaFile]) if (path !== undefined && !options.force) refuseExisting(path);

  const plan = await makePlan(context, options);
  const schema = schemaFile === undefined ? undefined : relative(resolve(file, '..'), schemaFile);
  if (schemaFile !== undefined) {
    await write(schemaFile, `${JSON.stringify(settingsJsonSchema(), undefined, 2)}\n`, options);
  }
  await write(
    file,
    settingsText(plan, schema === undefined || schema.startsWith('.') ? schema : `./${schema}`),
    options,
  );
  tellNext(plan, given, context);
}

async function makePlan(context: CommandContext, options: InitOptions): Promise<SettingsPlan> {
  const { sourceUrl } = options;
  const problem = sourceUrl === undefined ? undefined : urlProblem(sourceUrl);
  if (problem !== undefined) throw new CommandFailure(`--source-url: ${problem}`, EXIT.usage);
  const named = applySetFlags(readDestinationFlags(options.destination ?? []), options.set ?? []);
  if (options.yes || !context.stdin.isTTY || !context.stdout.isTTY) {
    requireFlags(named);
    return { source: sourcePlan(sourceUrl ?? DEFAULT_URL), destinations: named };
  }
  const questions = new Questions(context);
  const source = sourcePlan(sourceUrl ?? (await questions.sourceUrl()));
  const chosen = named.length > 0 ? named : await questions.destinations();
  const destinations = [];
  for (const plan of chosen) destinations.push(await questions.complete(plan));
  return { source, destinations };
}

function requireFlags(plans: SettingsPlan['destinations']): void {
  const missing = plans.flatMap((plan) =>
    missingOptions(plan).map(({ option, example }) => `--set ${plan.name}.${option}=${example}`),
  );
  if (plans.length === 0) missing.push(`--destination <${DESTINATION_TYPES.join('|')}>`);
  if (missing.length === 0) return;
  throw new CommandFailure(`nothing can be asked here, so this is missing: ${missing.join(' ')}`, EXIT.usage);
}

function refuseExisting(path: string): void {
  if (existsSync(path)) throw new CommandFailure(`${path} is there already; --force replaces it`);
}

async function write(path: string, text: string, { force }: InitOptions): Promise<void> {
  try {
    await writeFile(path, text, { mode: MODE, flag: force ? 'w' : 'wx' });
    if (force) await chmod(path, MODE);
  } catch (error) {
    throw new CommandFailure(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function tellNext({ source, destinations }: SettingsPlan, file: string, { stdout, env }: CommandContext): void {
  const variables = [
    ...(source.apiKey.startsWith('${') ? [['GRANTEX_API_KEY', 'the API key of your Grantex account'] as const] : []),
    ...destinations.flatMap((plan) =>
      Object.entries(needTemplate(plan.type).secrets).flatMap(([option, usual]) =>
        plan.options[option] === undefined ? [[variableFor(plan, usual), `${plan.name}.${option}`] as const] : [],
      ),
    ),
  ];
  const config = file === USUAL_FILE ? '' : ` --config ${file}`;
  // Whoever came by npx has no command of this name.
  const program = env['npm_command'] === 'exec' ? 'npx -y @grantex/forwarder' : 'grantex-forwarder';
  const command = (words: string): string => `  ${paint('cyan', `${program} ${words}`, stdout)}`;
  const lines = [
    `Wrote ${file}.`,
    ...(variables.length === 0 ? [] : ['', 'It takes these from the environment:']),
    ...variables.map(([name, about]) => `  export ${name}=…  # ${about}`),
    '',
    'Then:',
    ...(source.name === 'dev' ? [`${command('dev-server')}  # in another terminal`] : []),
    command(`validate --connect${config}`),
    command(`run${config}`),
    `${command(`top${config}`)}  # in another terminal`,
  ];
  stdout.write(`${lines.join('\n')}\n`);
}
