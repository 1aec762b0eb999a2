import { stringify } from 'yaml';
import { DEFAULT, noteOf, type DestinationTemplate } from './destination-templates.js';
import { needTemplate } from './flags.js';
import { DEV_SERVER_URL, variableFor, type DestinationPlan, type SettingsPlan, type SourcePlan } from './plan.js';

/** Where the comments begin that stand beside an option. */
const COMMENT_COLUMN = 44;

/** The commented file. `schema`: the address of a JSON Schema that editors read. */
export function settingsText({ source, destinations }: SettingsPlan, schema?: string): string {
  return [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`]),
    '# Settings of grantex-forwarder. After a change: grantex-forwarder validate',
    '# ${NAME} is taken from the environment, and file:/run/secrets/name from a file: no secret stands here.',
    '',
    '# Where the events come from. Several are possible, each with a name.',
    'sources:',
    ...sourceLines(source),
    '',
    '# Where events wait until every destination has them. On disk they survive a restart.',
    '# journal:',
    ...commented('#   ', [
      ['type', 'disk', 'or memory: what waits is lost when the program ends'],
      [
        'folder',
        './grantex-forwarder-data',
        'relative to this file; the default in a systemd unit is its state folder',
      ],
      ['maxBytes', '1GiB', 'for each source'],
      ['whenFull', 'overrun', 'the slowest destination loses its oldest events; block: the stream is not read'],
      ['retainMs', 3_600_000, 'how long delivered events are kept, for tail, explain and new destinations'],
    ]),
    '',
    '# Connections to each source at a time. With 2 the stream is heard while one of them is broken.',
    '# connections: 2',
    '',
    '# Where the events go. Each is on its own: a slow one does not hold up the others.',
    'destinations:',
    ...destinations.flatMap((plan, index) => [...(index === 0 ? [] : ['']), ...destinationLines(plan, index === 0)]),
    '',
    '# /healthz, /readyz, /metrics and /status.',
    '# server:',
    ...commented('#   ', [
      ['host', '127.0.0.1', '0.0.0.0 in a container'],
      ['port', 9464, ''],
      ['stopDeadlineMs', 20_000, 'how long a stop may take to deliver what waits'],
    ]),
    '',
    '# logging:',
    ...commented('#   ', [
      ['level', 'info', 'debug, info, warn, error'],
      ['format', 'auto', 'text on a terminal, json elsewhere'],
    ]),
    '',
    '# metrics:',
    ...commented('#   ', [['otlp', { url: 'http://127.0.0.1:4318/v1/metrics' }, 'metrics are also sent there']]),
    '',
  ].join('\n');
}

type CommentedOption = readonly [name: string, value: unknown, about: string];

function sourceLines({ name, url, apiKey }: SourcePlan): readonly string[] {
  const about = url === DEV_SERVER_URL ? 'grantex-forwarder dev-server' : '';
  return [
    `  ${name}:`,
    beside(`    url: ${flow(url)}`, about),
    `    apiKey: ${flow(apiKey)}`,
    ...commented('    # ', [
      ['types', ['grant.created', 'grant.revoked'], 'only these; without it all'],
      ['transport', 'sse', 'or websocket, or [sse, websocket]'],
      ['gapEvents', false, 'true: times in which the stream was not heard are sent as events, too'],
    ]),
  ];
}

function destinationLines(plan: DestinationPlan, isFirst: boolean): readonly string[] {
  const template = needTemplate(plan.type);
  const { definition, secrets } = template;
  const taken = Object.entries(secrets).filter(([option]) => plan.options[option] === undefined);
  return [
    `  ${flow(plan.name)}:`,
    beside(`    type: ${definition.type}`, template.label),
    ...Object.entries(plan.options).map(([option, value]) => `    ${option}: ${flow(value)}`),
    ...taken.map(([option, usual]) => `    ${option}: ${flow(`\${${variableFor(plan, usual)}}`)}`),
    ...commented('    # ', commonOptions(template, plan)),
    ...(isFirst ? SELECTION_LINES : []),
  ];
}

/** What every destination takes; written once. */
const SELECTION_LINES: readonly string[] = [
  '    # For every destination:',
  ...commented('    # ', [
    ['enabled', true, 'false: switched off, its settings stay'],
    ['from', 'head', 'a new destination begins with the next event; oldest: with what the journal keeps'],
  ]),
  '    # filter:',
  ...commented('    #   ', [
    ['types', ['grant.*', '!budget.*'], 'globs; ! excludes'],
    ['where', { 'data.agentId': 'agent_1' }, 'equality; a list means any of these'],
  ]),
  '    # transform:',
  ...[
    '- add: { data.environment: prod }',
    '- drop: [data.email]',
    '- rename: { data.principalId: data.userId }',
    '- redact: { paths: [data.principalId], with: mask }',
  ].map((line) => `    #   ${line}`),
];

function commonOptions(template: DestinationTemplate, { options }: DestinationPlan): readonly CommentedOption[] {
  return Object.entries(template.common).flatMap(([option, example]): readonly CommentedOption[] => {
    const note = noteOf(template, option);
    if (note === undefined || options[option] !== undefined) return [];
    const about = note.about.replace(/\.$/, '');
    return [
      [option, example === DEFAULT ? note.default : example, example === DEFAULT ? about : `for example. ${about}`],
    ];
  });
}

/** Each on a line that begins with `prefix`: an indent, and the sign of a comment. */
function commented(prefix: string, options: readonly CommentedOption[]): readonly string[] {
  return options.map(([name, value, about]) => beside(`${prefix}${name}: ${flow(value)}`, about));
}

function beside(line: string, about: string): string {
  return about === '' ? line : `${line.padEnd(COMMENT_COLUMN)} # ${about}`;
}

/** A value on one line, as YAML writes it. */
function flow(value: unknown): string {
  const style = typeof value === 'object' ? ({ collectionStyle: 'flow', flowCollectionPadding: false } as const) : {};
  return stringify(value, { ...style, lineWidth: 0 }).trimEnd();
}
