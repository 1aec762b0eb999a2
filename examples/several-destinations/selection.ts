import type { GrantexEvent } from '@grantex/destinations';

/** What the security team wants to see: grants, and credentials that were used. */
export function isForSecurity({ type }: { readonly type: string }): boolean {
  return type.startsWith('grant.') || type.startsWith('vault.credential.');
}

/** The same event without the person it is about. `event` is a copy of this destination's own, so it may be changed. */
export function withoutPersons(event: GrantexEvent): GrantexEvent {
  const data: Record<string, unknown> = event.data;
  delete data['principalId'];
  delete data['email'];
  return event;
}
