import type { Finding } from './finding.ts';
import type { Package } from './surface.ts';

/** Names that need no words of ours, with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

/** Every exported name has a docstring. One that several packages export is told where it is written. */
export function checkDocstrings(packages: readonly Package[]): Finding[] {
  const findings = new Map<string, Finding>();
  for (const { exports } of packages) {
    for (const { home, homeName, documentation, source, line } of exports) {
      const isOurs = home !== '' && EXCEPTIONS[homeName] === undefined;
      if (!isOurs || documentation !== '') continue;
      findings.set(`${source} ${homeName}`, {
        page: source,
        line,
        message: `${homeName} is exported without a docstring`,
      });
    }
  }
  return [...findings.values()];
}
