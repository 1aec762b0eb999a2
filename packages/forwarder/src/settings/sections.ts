import type { FilledIn } from './filled-in-values.js';
import type { Finding } from './settings-document.js';
import { isRecord } from './settings-path.js';

type Section = 'sources' | 'destinations';
type Named = Readonly<Record<string, unknown>>;

/** The two sections that every file has: maps by name, of one entry at least. */
export function sectionFindings(
  settings: unknown,
): { readonly [section in Section]: Named } & { readonly findings: Finding[]; readonly without: readonly Section[] } {
  const findings: Finding[] = [];
  const without: Section[] = [];
  const named = (section: Section, one: string): Named => {
    const value = (settings as Named)[section];
    if (isRecord(value) && Object.keys(value).length > 0) return value;
    const isMissing = value === undefined || isRecord(value);
    if (isMissing) without.push(section);
    const suggestion = isMissing ? undefined : `write a name and a colon above the options of each ${one}`;
    const got = isMissing ? 'nothing' : Array.isArray(value) ? 'a list' : 'a single value';
    findings.push({ path: [section], expected: `${section} by name, at least one`, got, suggestion });
    return {};
  };
  return { sources: named('sources', 'source'), destinations: named('destinations', 'destination'), findings, without };
}

/**
 * What the schema found, where a section that has nothing in it is told once: as the unknown key beside it that is misspelled,
 * or stands too far left.
 */
export function misplacedFindings(
  inSchema: readonly Finding[],
  { value }: FilledIn,
  without: readonly Section[],
  told: Finding[],
): Finding[] {
  return inSchema.map((finding) => {
    const [key = ''] = finding.path;
    if (finding.path.length > 1 || finding.got !== 'an unknown one') return finding;
    const section = without.find((each) => finding.suggestion === `did you mean ${each}?`) ?? without[0];
    if (section === undefined) return finding;
    const isMisspelled = finding.suggestion === `did you mean ${section}?`;
    if (!isMisspelled && (finding.suggestion !== undefined || !isRecord((value as Named)[key]))) return finding;
    const missing = told.findIndex(({ path }) => path.length === 1 && path[0] === section);
    if (missing >= 0) told.splice(missing, 1);
    return isMisspelled ? finding : { ...finding, suggestion: `indent it, if it belongs beneath ${section}` };
  });
}
