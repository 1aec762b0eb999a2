/** What can be read from any HTTP answer, a service's or the event server's. */

/** The longest wait that a service is believed: a day. */
export const LONGEST_RETRY_AFTER_MS = 86_400_000;

/** The `Retry-After` header, seconds or a date, in milliseconds from `now`; undefined without a usable one. */
export function retryAfterMs(
  answer: { readonly headers: Readonly<Record<string, string | string[] | undefined>> },
  now: number,
): number | undefined {
  const header = answer.headers['retry-after'];
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined || text === '') return undefined;
  const isDate = /\d\d:\d\d:\d\d/.test(text); // Date.parse() alone takes "-5" for a date, too.
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : isDate ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

/** The beginning of an answer, on one line, for messages. HTML loses its tags. */
export function excerpt(text: string): string {
  const line = text
    // No pattern looks past the next bracket but the one that takes everything up to the end: a hostile page costs no time.
    .replaceAll(/<(style|script)\b[^<>]*>[\s\S]*?(<\/\1>|$)/gi, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    // A page's title is often its heading, too.
    .replace(/^(.{1,100}) \1(?= |$)/, '$1');
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
