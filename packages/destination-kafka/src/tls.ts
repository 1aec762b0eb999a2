import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { OptionError, type TlsOptions } from '@grantex/core';

/** The certificates for Node's TLS. Reads the files now; throws an `OptionError` when one cannot be read. */
export function tlsConnection({ ca, cert, key, insecureSkipVerify }: TlsOptions): ConnectionOptions {
  const authorities = ca === undefined ? [] : [ca].flat();
  return {
    ...(authorities.length > 0 && { ca: authorities.map((authority) => readPem('tls.ca', authority)) }),
    ...(cert !== undefined && { cert: readPem('tls.cert', cert) }),
    ...(key !== undefined && { key: readPem('tls.key', key) }),
    ...(insecureSkipVerify === true && { rejectUnauthorized: false }),
  };
}

const PEM = 'PEM text, or the path of a file that holds it';

function readPem(name: string, value: string): string {
  const pem = value.includes('-----BEGIN') ? value : readFile(name, value);
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
