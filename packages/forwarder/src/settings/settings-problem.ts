/** One thing that is wrong with a file of settings. Shows no value that may be a secret. */
export interface SettingsProblem {
  /** As it was given on the command line, or absolute. */
  readonly file: string;
  /** From 1. Undefined when there is no place in the file to point at. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** Where in the settings, e.g. `destinations.datadog.apiKey`; empty for the whole file. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
  /** What was probably meant, or what to do. */
  readonly suggestion: string | undefined;
}

/** The settings cannot be used. The message has a line for each problem. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingsProblem[];
  /** Files that values were taken from, or should have been: a change of theirs may mend it. Absolute. */
  readonly files: readonly string[];

  constructor(problems: readonly SettingsProblem[], files: readonly string[] = []) {
    super(problems.map(tellProblem).join('\n'));
    this.problems = problems;
    this.files = files;
  }
}

/** `file:line:column: path: expected …, got … (did you mean …?)` */
function tellProblem({ file, line, column, path, expected, got, suggestion }: SettingsProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const hint = suggestion === undefined ? '' : ` (${suggestion})`;
  return `${place}: ${path === '' ? '' : `${path}: `}expected ${expected}, got ${got}${hint}`;
}
