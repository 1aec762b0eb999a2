import type { EventScene } from './event-scene.js';

interface CatalogueEntry {
  /** How many events of a deck (all types, each by its weight) are of this type. */
  readonly weight: number;
  readonly data: (scene: EventScene) => Record<string, unknown>;
}

const PROTOCOLS = ['oidc', 'saml', 'ldap'] as const;
const SERVICES = ['github', 'google-workspace', 'stripe', 'slack.com'] as const;
const CATEGORIES = ['inference', 'compute', 'data', 'storage', 'search', 'media', 'delivery', 'browser', 'general'];

/** Every type that the auth service emits, with exactly the fields that it puts into `data`. */
const CATALOGUE = {
  'grant.created': {
    weight: 14,
    data: (scene) => {
      const parent = scene.chance(0.2) ? scene.grant() : undefined;
      const { grantId, agentId, principalId, scopes, expiresAt } = scene.newGrant();
      const data = { grantId, agentId, principalId, scopes, expiresAt };
      return parent ? { ...data, delegationDepth: scene.integer(1, 3), parentGrantId: parent.grantId } : data;
    },
  },
  'grant.revoked': { weight: 4, data: (scene) => ({ grantId: scene.grant().grantId, cascade: scene.chance(0.3) }) },
  'token.issued': {
    weight: 22,
    data: (scene) => {
      const { grantId, agentId, principalId, scopes, expiresAt } = scene.grantForToken();
      return { tokenId: scene.id('tok_'), grantId, agentId, principalId, scopes, expiresAt };
    },
  },
  'budget.threshold': {
    weight: 3,
    data: (scene) => ({
      grantId: scene.grant().grantId,
      pct: scene.pick([50, 80]),
      remaining: (scene.integer(1, 5_000_000) / 10_000).toFixed(4),
    }),
  },
  'budget.exhausted': { weight: 1, data: (scene) => ({ grantId: scene.grant().grantId, remaining: '0' }) },
  'fido.registered': {
    weight: 1,
    data: (scene) => ({ principalId: scene.principal(), credentialId: scene.id('cred_') }),
  },
  'fido.assertion': {
    weight: 2,
    data: (scene) => ({ principalId: scene.principal(), authRequestId: scene.id('areq_') }),
  },
  'vc.issued': { weight: 3, data: (scene) => ({ vcId: scene.id('vc_'), grantId: scene.grant().grantId }) },
  'sd-jwt.issued': { weight: 2, data: (scene) => ({ vcId: scene.id('vc_'), grantId: scene.grant().grantId }) },
  'sd-jwt.presented': {
    weight: 1,
    data: (scene) => {
      const presentationId = scene.id('pres_');
      return scene.chance(0.8) ? { presentationId, vcId: scene.id('vc_') } : { presentationId };
    },
  },
  'passport.issued': {
    weight: 1,
    data: (scene) => {
      const { agentId, grantId } = scene.grant();
      return { passportId: scene.id('urn:grantex:passport:'), agentId, grantId, categories: scene.some(CATEGORIES, 3) };
    },
  },
  'passport.revoked': { weight: 1, data: (scene) => ({ passportId: scene.id('urn:grantex:passport:') }) },
  'passport.token-exchange': { weight: 1, data: (scene) => ({ grantId: scene.grant().grantId }) },
  'sso.login': {
    weight: 4,
    data: (scene) => ({
      connectionId: scene.id('sso_'),
      protocol: scene.pick(PROTOCOLS),
      sessionId: scene.id('ssosess_'),
      email: scene.chance(0.8) ? scene.principal() : null,
    }),
  },
  'sso.connection.created': {
    weight: 1,
    data: (scene) => ({ connectionId: scene.id('sso_'), protocol: scene.pick(PROTOCOLS) }),
  },
  'sso.connection.updated': { weight: 1, data: (scene) => ({ connectionId: scene.id('sso_') }) },
  'sso.connection.deleted': { weight: 1, data: (scene) => ({ connectionId: scene.id('sso_') }) },
  'vault.credential.stored': {
    weight: 1,
    data: (scene) => ({
      credentialId: scene.id('vault_'),
      principalId: scene.principal(),
      service: scene.pick(SERVICES),
    }),
  },
  'vault.credential.deleted': {
    weight: 1,
    data: (scene) => ({
      credentialId: scene.id('vault_'),
      principalId: scene.principal(),
      service: scene.pick(SERVICES),
    }),
  },
  'vault.credential.exchanged': {
    weight: 2,
    data: (scene) => {
      const { grantId, principalId } = scene.grant();
      return { credentialId: scene.id('vault_'), grantId, principalId, service: scene.pick(SERVICES) };
    },
  },
  'consent_bundle.created': {
    weight: 1,
    data: (scene) => {
      const { agentId, grantId, principalId } = scene.grant();
      return { bundleId: scene.id('bundle_'), agentId, grantId, userId: principalId };
    },
  },
  'consent_bundle.synced': {
    weight: 1,
    data: (scene) => ({ bundleId: scene.id('bundle_'), accepted: scene.integer(1, 40) }),
  },
  'consent_bundle.revoked': {
    weight: 1,
    data: (scene) => ({ bundleId: scene.id('bundle_'), revokeGrant: scene.chance(0.5) }),
  },
  'dpdp.consent.created': {
    weight: 1,
    data: (scene) => {
      const { grantId, principalId } = scene.grant();
      return { recordId: scene.id('crec_'), grantId, dataPrincipalId: principalId };
    },
  },
  'dpdp.consent.withdrawn': {
    weight: 1,
    data: (scene) => ({
      recordId: scene.id('crec_'),
      reason: scene.pick(['No longer using the service', 'Zu viele Nachrichten – bitte löschen', '同意を撤回します']),
      grantRevoked: scene.chance(0.7),
      dataDeleted: scene.chance(0.5),
    }),
  },
  'dpdp.grievance.filed': {
    weight: 1,
    data: (scene) => ({
      grievanceId: scene.id('grv_'),
      referenceNumber: scene.id(`GRV-${scene.year()}-`),
      type: scene.pick(['access', 'correction', 'erasure']),
      dataPrincipalId: scene.principal(),
    }),
  },
  'dpdp.erasure.completed': {
    weight: 1,
    data: (scene) => ({
      requestId: scene.id(`ER-${scene.year()}-`),
      dataPrincipalId: scene.principal(),
      recordsErased: scene.integer(0, 200),
      grantsRevoked: scene.integer(0, 5),
    }),
  },
  'anomaly.auto_revoked': {
    weight: 1,
    data: (scene) => {
      const revokedGrants = Array.from({ length: scene.integer(1, 4) }, () => scene.grant().grantId);
      return { revokedGrants, anomalyCount: scene.integer(1, 9) };
    },
  },
} as const satisfies Record<string, CatalogueEntry>;

/** One of the 28 types of the catalogue. */
export type TestEventType = keyof typeof CATALOGUE;

/** All 28 types, in the catalogue's order. */
export const EVENT_TYPES: readonly TestEventType[] = Object.freeze(Object.keys(CATALOGUE).filter(isCatalogueType));

function isCatalogueType(type: string): type is TestEventType {
  return Object.hasOwn(CATALOGUE, type);
}

/** The `data` of an event of this type; empty for a type that the catalogue does not have. */
export function dataOf(type: string, scene: EventScene): Record<string, unknown> {
  return isCatalogueType(type) ? CATALOGUE[type].data(scene) : {};
}

/** How often a type occurs in comparison with the others; 1 for a type that the catalogue does not have. */
export function weightOf(type: string): number {
  return isCatalogueType(type) ? CATALOGUE[type].weight : 1;
}
