/** Where something stands in the settings: names of maps, numbers of lists. */
export type SettingsPath = readonly (string | number)[];

/** Both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A file of settings that was read, and not yet checked. */
export interface SettingsDocument {
  readonly value: unknown;
  /**
   * True for a module: code may have put any value in from the environment, so none of them is shown, and a text such as
   * `"8080"` does for a number.
   */
  readonly isCode: boolean;
  /** Of a key, or of the value behind it; of what it would stand in when it is not there. */
  place(path: SettingsPath, of: 'key' | 'value'): Place | undefined;
}

/** Something that is wrong, before it is known where in the file that is. */
export interface Finding {
  readonly path: SettingsPath;
  readonly expected: string;
  readonly got: string;
  readonly suggestion?: string | undefined;
  /** Known already, where the path does not say it. */
  readonly place?: Place | undefined;
}

/** Keeps the program from going on with what cannot be read any further. */
export class UnreadableSettings extends Error {
  override readonly name = 'UnreadableSettings';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super('the file of settings cannot be read');
    this.findings = findings;
  }
}

/** The whole file, as one finding. */
export function unreadable(expected: string, got: string, suggestion?: string, place?: Place): UnreadableSettings {
  return new UnreadableSettings([{ path: [], expected, got, suggestion, place }]);
}
