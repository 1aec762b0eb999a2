import { apiError, type HttpAnswer } from './http-answer.js';

/** Any case of the scheme; 16 to 512 characters without white space. */
const BEARER = /^bearer (\S{16,512})$/i;

/** The known key in an `Authorization` header, or the 401 for it. */
export function checkKey(
  header: string | undefined,
  keys: readonly string[],
): { key: string } | { refusal: HttpAnswer } {
  const key = BEARER.exec(header ?? '')?.[1];
  if (key === undefined) return { refusal: apiError(401, 'UNAUTHORIZED', 'Missing or invalid Authorization header') };
  if (!keys.includes(key)) return { refusal: apiError(401, 'UNAUTHORIZED', 'Invalid API key') };
  return { key };
}
