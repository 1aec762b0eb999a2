/** What an error of a client library says, in the words of Kafka. */
export interface Failure {
  /** A broker's error code, of Kafka's protocol. */
  readonly code?: number;
  /** Its name. */
  readonly name?: string;
  /** The broker refused user and password, or the token. */
  readonly isLoginRefused: boolean;
  /** Nobody answered. */
  readonly isNetwork: boolean;
  /** The library says that it cannot work with these options. */
  readonly isMisuse: boolean;
  readonly message: string;
  /** Host and port of the broker, where the library tells. */
  readonly broker?: string;
}

/** The fields that errors of either library may have. */
interface Link {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly apiCode?: unknown;
  readonly apiId?: unknown;
  readonly serverErrorMessage?: unknown;
  readonly broker?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

const LOGIN_ERRORS = new Set(['KafkaJSSASLAuthenticationError', 'PLT_KFK_AUTHENTICATION']);
const NETWORK_ERRORS = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSLockTimeout',
  'PLT_KFK_NETWORK',
]);
/** A login that broke off says nothing about the password. */
const BROKEN_OFF = /closed|timed? ?out|ECONN|EPIPE/i;

/** Reads an error of kafkajs or of @platformatic/kafka: both wrap what happened, several times at worst. */
export function readFailure(error: unknown): Failure {
  const links = causes(error);
  const refusal = links.find(isProtocolError) ?? links.find(isUnknownTopic);
  const login = links.find((link) => isOneOf(LOGIN_ERRORS, link));
  const network = links.find((link) => isOneOf(NETWORK_ERRORS, link));
  const told = refusal ?? login ?? network ?? links[0];
  const isBrokenOff = login !== undefined && BROKEN_OFF.test(messageOf(login));
  const broker = links.map(brokerOf).find((found) => found !== undefined);
  return {
    ...(refusal !== undefined && codeOf(refusal)),
    isLoginRefused: refusal === undefined && login !== undefined && !isBrokenOff,
    isNetwork: refusal === undefined && (login === undefined ? network !== undefined : isBrokenOff),
    isMisuse: refusal === undefined && links.some(({ code }) => code === 'PLT_KFK_USER'),
    message: told === undefined ? String(error) : messageOf(told),
    ...(broker !== undefined && { broker }),
  };
}

function isProtocolError({ type, code, apiCode }: Link): boolean {
  return typeof apiCode === 'number' || (typeof type === 'string' && typeof code === 'number');
}

function isOneOf(names: ReadonlySet<string>, { name, code }: Link): boolean {
  return (typeof name === 'string' && names.has(name)) || (typeof code === 'string' && names.has(code));
}

/** @platformatic/kafka has an error of its own for it. */
function isUnknownTopic({ code, message }: Link): boolean {
  return code === 'PLT_KFK_USER' && typeof message === 'string' && message.startsWith('Unknown topic');
}

function codeOf(link: Link): { readonly code: number; readonly name: string } {
  if (isUnknownTopic(link)) return { code: 3, name: 'UNKNOWN_TOPIC_OR_PARTITION' };
  const { apiId, apiCode, type, code } = link;
  return { code: Number(apiCode ?? code), name: String(apiId ?? type) };
}

function messageOf({ serverErrorMessage, message }: Link): string {
  const text = typeof serverErrorMessage === 'string' && serverErrorMessage !== '' ? serverErrorMessage : message;
  return typeof text === 'string' && text !== '' ? text : 'failed without a message';
}

function brokerOf({ broker }: Link): string | undefined {
  return typeof broker === 'string' && broker.includes(':') ? broker : undefined;
}

/** The error, its causes, and the members of aggregates, nearest first; at most fifty. */
function causes(error: unknown): Link[] {
  const links: Link[] = [];
  const waiting = [error];
  while (waiting.length > 0 && links.length < 50) {
    const next = waiting.shift();
    if (typeof next !== 'object' || next === null || links.includes(next)) continue;
    const link: Link = next;
    links.push(link);
    waiting.push(link.cause);
    // The last of several tries says how things are now.
    if (Array.isArray(link.errors)) waiting.push(...(link.errors as unknown[]).toReversed());
  }
  return links;
}
