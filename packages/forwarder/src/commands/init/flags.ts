import { parse } from 'yaml';
import { CommandFailure, EXIT } from '../../exit-codes.js';
import {
  DESTINATION_TYPES,
  noteOf,
  SECRET_OPTIONS,
  templateOf,
  type DestinationTemplate,
} from './destination-templates.js';
import { variableFor, type DestinationPlan } from './plan.js';

/** Letters and digits, as the names of cursors and environment variables take them. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/i;

/** `--destination datadog`, `--destination archive=s3`. */
export function readDestinationFlags(flags: readonly string[]): readonly DestinationPlan[] {
  const plans = flags.map((flag) => {
    const [name = '', type = name] = flag.split('=', 2);
    if (templateOf(type) === undefined) {
      throw wrong(`--destination ${flag}: expected one of ${DESTINATION_TYPES.join(', ')}, or name=type`);
    }
    if (!NAME.test(name)) throw wrong(`--destination ${flag}: a name has letters, digits, - and _`);
    return { name, type, options: {} };
  });
  const names = plans.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return plans;
  throw wrong(
    `two destinations are named "${twice}": give one another name, such as --destination ${twice}-2=${twice}`,
  );
}

/** Puts `--set kafka.topic=events` into the plans. A value is read as in YAML; a list also with commas. */
export function applySetFlags(plans: readonly DestinationPlan[], flags: readonly string[]): readonly DestinationPlan[] {
  return flags.reduce((all, flag) => {
    const { name, option, text } = readSetFlag(flag);
    const plan = all.find((each) => each.name === name);
    if (plan === undefined) {
      throw wrong(`--set ${name}.${option}: there is no destination "${name}"; add it with --destination`);
    }
    const template = needTemplate(plan.type);
    refuseSecret(template, plan, option, text);
    const options = { ...plan.options, [option]: readOption(template, option, text) };
    checkOption(template, options, option, `--set ${name}.${option}`);
    return all.map((each) => (each === plan ? { ...plan, options } : each));
  }, plans);
}

/** What is asked for and not there yet. */
export function missingOptions(plan: DestinationPlan): DestinationTemplate['asked'] {
  return needTemplate(plan.type).asked.filter(({ option }) => plan.options[option] === undefined);
}

/** What a person, or a flag, has entered for an option. */
export function readOption(template: DestinationTemplate, option: string, text: string): unknown {
  if (!isReference(text) && noteOf(template, option)?.isList === true && !text.trimStart().startsWith('[')) {
    return text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
  }
  try {
    const value: unknown = parse(text);
    // `123456` is a number only where a number is wanted.
    const isWanted = template.definition.problems({ [option]: value }).every((problem) => problem.option !== option);
    return isWanted ? value : text;
  } catch {
    return text; // No YAML, such as a text with a colon and a space.
  }
}

/** Why this value will not do; undefined when it will. */
export function problemOf(template: DestinationTemplate, options: object, option: string): string | undefined {
  const value = (options as Readonly<Record<string, unknown>>)[option];
  if (typeof value === 'string' && isReference(value)) return undefined; // Known when the settings are read.
  const found = template.definition.problems(options).find((problem) => problem.option.split(/[.[]/)[0] === option);
  if (found === undefined) return undefined;
  const hint = found.suggestion === undefined ? '' : ` (did you mean ${found.suggestion}?)`;
  return `expected ${found.expected}, got ${found.got}${hint}`;
}

export function needTemplate(type: string): DestinationTemplate {
  const template = templateOf(type);
  if (template === undefined) throw new TypeError(`no template for ${type}`);
  return template;
}

function readSetFlag(flag: string): { name: string; option: string; text: string } {
  const [, name, option, text] = /^([^.=]+)\.([^.=]+)=(.*)$/s.exec(flag) ?? [];
  if (name !== undefined && option !== undefined && text !== undefined) return { name, option, text };
  throw wrong('--set: expected name.option=value, such as s3.bucket=grantex-audit');
}

function checkOption(template: DestinationTemplate, options: object, option: string, flag: string): void {
  const problem = problemOf(template, options, option);
  if (problem !== undefined) throw wrong(`${flag}: ${problem}`);
}

/** Command lines end in histories and in lists of processes. */
function refuseSecret(template: DestinationTemplate, plan: DestinationPlan, option: string, text: string): void {
  if (!SECRET_OPTIONS.has(option) || isReference(text)) return;
  const usual = template.secrets[option];
  const instead =
    usual === undefined
      ? "Refer to the environment, as in '${NAME}', or write it as file:/path"
      : `Leave it out: the file will say \${${variableFor(plan, usual)}}`;
  throw wrong(`--set ${plan.name}.${option}: a secret does not belong on a command line. ${instead}`);
}

/** Taken from the environment, or from another file. */
function isReference(text: string): boolean {
  return text.includes('${') || text.startsWith('file:');
}

function wrong(message: string): CommandFailure {
  return new CommandFailure(message, EXIT.usage);
}
