/** Everything that the template calls by the name of its service. */
export interface Names {
  /** The short name in messages, and the destination's default name: `acme-cloud`. */
  readonly type: string;
  /** The package: `grantex-destination-acme-cloud`, or with a scope. */
  readonly packageName: string;
  /** What the class's name begins with: `AcmeCloud`. */
  readonly pascal: string;
  /** What names of values begin with: `acmeCloud`. */
  readonly camel: string;
  /** What names of constants begin with: `ACME_CLOUD`. */
  readonly constant: string;
  /** The service in prose: `Acme Cloud`. */
  readonly title: string;
}

/** Destinations that the forwarder has: it would take theirs. */
const TAKEN = ['bigquery', 'datadog', 'file', 'http', 'kafka', 'loki', 's3', 'splunk'];

/** The class would get a name that the template uses already: `CodeOptions`, `checkOptions` (a test compares). */
const USED = ['batching', 'check', 'code', 'connection', 'destination', 'encode', 'event', 'resolve'];

/** Long enough for any service, and short enough for lines of code. */
const LONGEST_TYPE = 40;

/** Why this is no short name; undefined when it is one. */
export function typeProblem(type: string): string | undefined {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(type) || type.length > LONGEST_TYPE) {
    return `expected lower-case letters and digits, with hyphens between them, ${LONGEST_TYPE} at most, such as acme-cloud`;
  }
  if (TAKEN.includes(type)) return `expected a name of its own: ${type} is a destination of @grantex/destinations`;
  return isUsed(type) ? `expected a name of its own: ${type} means something else here` : undefined;
}

/** The longest name that npm takes. */
const LONGEST_PACKAGE_NAME = 214;

/** Why npm, or the forwarder, would not take this name of a package; undefined when both do. */
export function packageNameProblem(name: string): string | undefined {
  const isName = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(name) && name.length <= LONGEST_PACKAGE_NAME;
  if (!isName || name === 'node_modules' || name === 'favicon.ico') {
    return 'expected the name of a package: grantex-destination-acme, or @me/grantex-destination-acme';
  }
  return undefined;
}

/** Why this is no name of the class; undefined when it is one. */
export function classNameProblem(name: string): string | undefined {
  if (!/^[A-Z][A-Za-z0-9]*Destination$/.test(name)) return 'expected a name such as AcmeDestination';
  return isUsed(pascalOf(name)) ? `expected a name of its own: ${name} means something else here` : undefined;
}

function isUsed(name: string): boolean {
  return USED.includes(name.toLowerCase());
}

/** `acme-cloud` → `grantex-destination-acme-cloud`: the name by which others find it. */
export function packageNameFor(type: string): string {
  return `grantex-destination-${type}`;
}

/** `acme-cloud` → `AcmeCloudDestination`. */
export function classNameFor(type: string): string {
  const words = type.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Destination`;
}

/** What was typed may be the package's name: `@me/grantex-destination-acme` → `acme`. */
export function typeIn(name: string): string {
  return name.replace(/^@[^/]*\//, '').replace(/^(grantex-)?destination-/, '');
}

/** All the names, from three that are well. */
export function namesOf(type: string, packageName: string, className: string): Names {
  const pascal = pascalOf(className);
  const words = pascal.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ');
  return {
    type,
    packageName,
    pascal,
    // As many capitals as a name begins with: `IBMCloud` → `ibmCloud`, `Acme` → `acme`.
    camel: pascal.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase()),
    constant: words.replaceAll(' ', '_').toUpperCase(),
    title: words,
  };
}

function pascalOf(className: string): string {
  return className.replace(/Destination$/, '');
}
