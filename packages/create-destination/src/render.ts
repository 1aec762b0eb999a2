import type { Names } from './names.js';

/** What is to be written. */
export interface Plan {
  readonly names: Names;
  /** One line, in package.json and in the README. */
  readonly description: string;
  /** Versions of our packages that the new one is made for. */
  readonly versions: Versions;
}

/** Ranges, such as `^0.1.0`. */
export interface Versions {
  readonly '@grantex/core': string;
  readonly '@grantex/testing': string;
}

const DESCRIPTION = 'Delivers Grantex authorization events to Acme.';

/** What is said of the destination when nothing else is given. */
export function descriptionFor({ title }: Pick<Names, 'title'>): string {
  return DESCRIPTION.replace('Acme', title);
}

/**
 * The template is a package that works, for a service called Acme; so the compiler, the linter and a reader see it as it is.
 * What bears Acme's name gets another one, all in one pass: what was put in is not looked at again.
 */
export function render(text: string, { names, description }: Pick<Plan, 'names' | 'description'>): string {
  return text.replaceAll(ACME, (found, offset: number) => {
    const isPrefix = /[A-Z]/.test(text.charAt(offset + found.length));
    switch (found) {
      case DESCRIPTION:
        return description;
      case 'grantex-destination-acme':
        return names.packageName;
      case 'ACME':
        return names.constant;
      case 'Acme': // `AcmeOptions`, or the service in prose
        return isPrefix ? names.pascal : names.title;
      default: // `acmeOptions`, or 'acme' and `acme.example`
        return isPrefix ? names.camel : names.type;
    }
  });
}

const ACME = new RegExp(`${DESCRIPTION.replaceAll('.', '\\.')}|grantex-destination-acme|ACME|Acme|acme`, 'g');

/** package.json is changed as data, because a description may have quotation marks. */
export function renderManifest(text: string, plan: Plan): string {
  const { names, description, versions } = plan;
  const template = JSON.parse(render(text, { names, description: '' })) as Manifest;
  const manifest = {
    ...template,
    description,
    keywords: [...new Set(template.keywords)].toSorted(),
    peerDependencies: { '@grantex/core': versions['@grantex/core'] },
    devDependencies: { ...template.devDependencies, ...versions },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

interface Manifest {
  readonly keywords: readonly string[];
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Names that a packer or an editor would take for its own as long as the file is a template. */
const DISGUISED: Readonly<Record<string, string>> = {
  '_package.json': 'package.json',
  _gitignore: '.gitignore',
  _github: '.github',
};

/** Where a file of the template goes. `path`: with slashes, in the template's folder. */
export function renderPath(path: string): string {
  return path
    .split('/')
    .map((part) => DISGUISED[part] ?? part)
    .join('/');
}
