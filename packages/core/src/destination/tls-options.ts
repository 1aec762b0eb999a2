import { readFileSync } from 'node:fs';
import { OptionError } from '../errors.js';
import { option } from '../option-schemas.js';

/** Certificates. Each is a PEM text, or the path of a file that holds one; files are read once, at the start. */
export interface TlsOptions {
  /** Whom to trust, instead of the usual authorities. */
  readonly ca?: string | readonly string[];
  /** The certificate that shows who we are, for services that ask for one. Needs `key`. */
  readonly cert?: string;
  /** The private key of `cert`. */
  readonly key?: string;
  /**
   * Takes any certificate, so that anybody on the way can read the key and the events. For a first try only; a warning is
   * logged at each start. @defaultValue false
   */
  readonly insecureSkipVerify?: boolean;
}

const { optional } = option;
const PEM = 'PEM text, or the path of a file that holds it';

/** The schema of {@link TlsOptions}. */
export const tls = option.object(
  'Certificates.',
  {
    ca: optional(option.oneOrMore('Whom to trust: PEM texts or paths of PEM files.', PEM, option.text(PEM))),
    cert: optional(option.text('The certificate that shows who we are: PEM text or path of a PEM file.')),
    key: optional(option.text('The private key of cert: PEM text or path of a PEM file.')),
    insecureSkipVerify: optional(option.flag('Take any certificate. For a first try only.')),
  },
  ({ cert, key }) => {
    if ((cert === undefined) === (key === undefined)) return [];
    return cert === undefined
      ? [{ at: 'cert', expected: 'the certificate of tls.key', got: 'nothing' }]
      : [{ at: 'key', expected: 'the private key of tls.cert', got: 'nothing' }];
  },
);

/**
 * The certificates as Node's TLS takes them. Reads the files now; throws an `OptionError` when one cannot be read, or holds no
 * PEM. For clients beside that of `createHttpAgent`.
 */
export function readTls({ ca, cert, key, insecureSkipVerify }: TlsOptions): {
  ca?: string[];
  cert?: string;
  key?: string;
  rejectUnauthorized?: false;
} {
  const authorities = ca === undefined ? [] : [ca].flat();
  return {
    ...(authorities.length > 0 && { ca: authorities.map((authority) => readPem('tls.ca', authority)) }),
    ...(cert !== undefined && { cert: readPem('tls.cert', cert) }),
    ...(key !== undefined && { key: readPem('tls.key', key) }),
    ...(insecureSkipVerify === true && { rejectUnauthorized: false }),
  };
}

function readPem(name: string, value: string): string {
  const isText = value.includes('-----BEGIN');
  const pem = isText ? value : readFile(name, value);
  if (pem.includes('-----BEGIN')) return pem;
  throw new OptionError(name, PEM, 'a file without -----BEGIN in it');
}

function readFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // The path is not shown: it may be a key without its first line.
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new OptionError(name, PEM, `something that cannot be read as a file (${reason})`);
  }
}
