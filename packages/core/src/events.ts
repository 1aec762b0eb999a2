/**
 * The events of the stream: their envelope, the 28 types of the auth service's catalogue with the fields of each, and
 * the guard for a type that a later server may add.
 */

/** The login protocols of a single sign-on connection. */
export type SsoProtocol = 'oidc' | 'saml' | 'ldap';

/** What an agent passport may be used for. */
export type PassportCategory =
  | 'inference'
  | 'compute'
  | 'data'
  | 'storage'
  | 'search'
  | 'media'
  | 'delivery'
  | 'browser'
  | 'general';

/** The `data` of every event type. Times are ISO 8601 texts in UTC, all ids are texts. */
export interface EventCatalogue {
  /** A grant was made, by a code exchange or by delegation to a sub-agent. */
  'grant.created': {
    grantId: string;
    agentId: string;
    principalId: string;
    scopes: string[];
    expiresAt: string;
    /** 1 or more; only on a delegated grant. */
    delegationDepth?: number;
    /** Only on a delegated grant. */
    parentGrantId?: string;
  };
  /** A grant was revoked. With `cascade` its descendants were too, and they get no event of their own. */
  'grant.revoked': { grantId: string; cascade: boolean };
  'token.issued': {
    tokenId: string;
    grantId: string;
    agentId: string;
    principalId: string;
    scopes: string[];
    expiresAt: string;
  };
  /** Sent for every debit that leaves 50 % or 80 % of the budget used; it repeats. */
  'budget.threshold': {
    grantId: string;
    /** Per cent used: 50 or 80. */
    pct: number;
    /** A decimal with four places. */
    remaining: string;
  };
  'budget.exhausted': {
    grantId: string;
    /** Always `"0"`. */
    remaining: string;
  };
  'fido.registered': { principalId: string; credentialId: string };
  'fido.assertion': { principalId: string; authRequestId: string };
  'vc.issued': { vcId: string; grantId: string };
  'sd-jwt.issued': { vcId: string; grantId: string };
  'sd-jwt.presented': { presentationId: string; vcId?: string };
  'passport.issued': { passportId: string; agentId: string; grantId: string; categories: PassportCategory[] };
  'passport.revoked': { passportId: string };
  'passport.token-exchange': { grantId: string };
  'sso.login': { connectionId: string; protocol: SsoProtocol; sessionId: string; email: string | null };
  'sso.connection.created': { connectionId: string; protocol: SsoProtocol };
  'sso.connection.updated': { connectionId: string };
  'sso.connection.deleted': { connectionId: string };
  'vault.credential.stored': { credentialId: string; principalId: string; service: string };
  'vault.credential.deleted': { credentialId: string; principalId: string; service: string };
  'vault.credential.exchanged': { credentialId: string; grantId: string; principalId: string; service: string };
  'consent_bundle.created': { bundleId: string; agentId: string; grantId: string; userId: string };
  'consent_bundle.synced': { bundleId: string; accepted: number };
  /** With `revokeGrant` the grant went too, without a `grant.revoked`. */
  'consent_bundle.revoked': { bundleId: string; revokeGrant: boolean };
  'dpdp.consent.created': { recordId: string; grantId: string; dataPrincipalId: string };
  /** A grant that was revoked with it gets no `grant.revoked`. */
  'dpdp.consent.withdrawn': { recordId: string; reason: string; grantRevoked: boolean; dataDeleted: boolean };
  'dpdp.grievance.filed': { grievanceId: string; referenceNumber: string; type: string; dataPrincipalId: string };
  'dpdp.erasure.completed': {
    requestId: string;
    dataPrincipalId: string;
    recordsErased: number;
    grantsRevoked: number;
  };
  /** Anomaly detection revoked these grants; they get no `grant.revoked`. */
  'anomaly.auto_revoked': { revokedGrants: string[]; anomalyCount: number };
}

/** A type of the catalogue. The server may send others: see {@link isKnownEvent}. */
export type EventType = keyof EventCatalogue;

/** The event of one type. */
export interface EventOf<Type extends EventType> {
  /** `evt_` and a ULID; unique, and the same on every transport. */
  readonly id: string;
  readonly type: Type;
  /** The moment of emission, ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly data: EventCatalogue[Type];
}

/**
 * Any event of the catalogue: a closed union, so that `event.type === 'grant.created'` narrows `event.data`. An event of
 * a type that is not in the catalogue is delivered all the same; {@link isKnownEvent} tells it apart at run time.
 */
export type GrantexEvent = { [Type in EventType]: EventOf<Type> }[EventType];

/** An event of a type that the catalogue does not have (yet). */
export interface UnknownEvent {
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

// A record rather than a list: the compiler then refuses a type that is missing here.
const KNOWN_TYPES: Readonly<Record<EventType, true>> = {
  'grant.created': true,
  'grant.revoked': true,
  'token.issued': true,
  'budget.threshold': true,
  'budget.exhausted': true,
  'fido.registered': true,
  'fido.assertion': true,
  'vc.issued': true,
  'sd-jwt.issued': true,
  'sd-jwt.presented': true,
  'passport.issued': true,
  'passport.revoked': true,
  'passport.token-exchange': true,
  'sso.login': true,
  'sso.connection.created': true,
  'sso.connection.updated': true,
  'sso.connection.deleted': true,
  'vault.credential.stored': true,
  'vault.credential.deleted': true,
  'vault.credential.exchanged': true,
  'consent_bundle.created': true,
  'consent_bundle.synced': true,
  'consent_bundle.revoked': true,
  'dpdp.consent.created': true,
  'dpdp.consent.withdrawn': true,
  'dpdp.grievance.filed': true,
  'dpdp.erasure.completed': true,
  'anomaly.auto_revoked': true,
};

/** The 28 types of the catalogue. */
export const EVENT_TYPES = Object.keys(KNOWN_TYPES) as readonly EventType[];

/** Whether the event's type is in the catalogue. When not, it is an {@link UnknownEvent} in truth. */
export function isKnownEvent(event: GrantexEvent | UnknownEvent): event is GrantexEvent {
  return Object.hasOwn(KNOWN_TYPES, event.type);
}

/** An event that this software makes itself (a test event, say) and that the catalogue does not have. */
export function eventOutsideCatalogue(event: UnknownEvent): GrantexEvent {
  return event as unknown as GrantexEvent;
}

/** Why a text is no event, or the event. */
export type ParsedEvent = { readonly event: GrantexEvent } | { readonly reason: string };

/** Reads one frame's text. Only the envelope is checked; `data` is passed on as it is. */
export function parseEvent(text: string): ParsedEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      reason: `expected an object, got ${value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`}`,
    };
  }
  const { id, type, createdAt, data } = value as Record<string, unknown>;
  if (typeof id !== 'string' || id === '') return { reason: 'no id' };
  if (typeof type !== 'string' || type === '') return { reason: 'no type' };
  if (typeof createdAt !== 'string') return { reason: 'no createdAt' };
  if (typeof data !== 'object' || data === null) return { reason: 'no data' };
  return { event: value as GrantexEvent };
}
