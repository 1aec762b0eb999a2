import { DestinationError, refusalFromError, type DestinationErrorCode } from '@grantex/core';

/** The part of Google's authentication that is used: both clients bring one. */
export interface GoogleAuth {
  getRequestHeaders(url?: string): Promise<Headers | Readonly<Record<string, string>>>;
}

/** Tokens that may still be in an answer that is on its way: the present one and the one before it. */
const TOKENS_REMEMBERED = 2;

/** Access tokens for requests, and what keeps them out of messages. */
export class Access {
  readonly #load: () => Promise<GoogleAuth>;
  #loading: Promise<GoogleAuth> | undefined;
  #tokens: readonly string[] = [];

  /** `load` is called when the first token is needed: the library behind it is large. */
  constructor(load: () => Promise<GoogleAuth>) {
    this.#load = load;
  }

  /** The headers of a request to this address. Rejects with a `DestinationError` that says what is wrong with the credentials. */
  async headers(url: string): Promise<Record<string, string>> {
    try {
      this.#loading ??= this.#load();
      const auth = await this.#loading;
      const headers = Object.fromEntries(new Headers(await auth.getRequestHeaders(url)));
      this.#remember(headers['authorization'] ?? '');
      return headers;
    } catch (error) {
      this.#loading = undefined; // A file of credentials may have been mended since.
      throw explainNoToken(error);
    }
  }

  redact(text: string): string {
    return this.#tokens.reduce((clean, token) => clean.replaceAll(token, '[secret]'), text);
  }

  #remember(authorization: string): void {
    const token = authorization.slice(authorization.lastIndexOf(' ') + 1);
    if (token === '' || this.#tokens.includes(token)) return;
    this.#tokens = [token, ...this.#tokens].slice(0, TOKENS_REMEMBERED);
  }
}

/** Why there is no token. Without an answer of Google's token server it is the network's fault, else that of the credentials. */
export function explainNoToken(error: unknown): DestinationError {
  const { code, message } = refusalFromError(error);
  const status = (error as { readonly response?: { readonly status?: unknown } } | null)?.response?.status;
  const isTemporary = code === 'DEST_NETWORK' || (typeof status === 'number' && (status === 429 || status >= 500));
  if (isTemporary)
    return new DestinationError('DEST_NETWORK', `no access token of Google: ${message}`, { cause: error });
  const wrong: DestinationErrorCode = code === 'DEST_MISCONFIGURED' ? code : 'DEST_UNAUTHORIZED';
  return new DestinationError(
    wrong,
    `no access token of Google: ${message}; check keyFilename, credentials, or GOOGLE_APPLICATION_CREDENTIALS`,
    { cause: error },
  );
}
