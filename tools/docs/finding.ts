/** What is wrong on a page, and where. */
export interface Finding {
  /** Relative to the root of the repository. */
  readonly page: string;
  readonly line: number;
  readonly message: string;
}

/** As compilers write it, so that editors and terminals open the place. */
export function describeFinding({ page, line, message }: Finding): string {
  return `${page}:${line} ${message}`;
}
