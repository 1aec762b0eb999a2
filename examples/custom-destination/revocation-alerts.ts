// A destination of one's own, as plain as it can be: a message to a chat for each revoked grant.
import type { EventDestination, GrantexEvent } from '@grantex/destinations';

export class RevocationAlerts implements EventDestination {
  readonly name = 'revocation-alerts';
  readonly #url: string;

  /** `url`: an incoming webhook of the chat. It is a secret, so it is in no message of ours. */
  constructor(url: string) {
    this.#url = url;
  }

  /** When it rejects, the same events come again: those before the one that failed are sent twice. */
  async send(events: GrantexEvent[]): Promise<void> {
    for (const event of events) {
      if (event.type !== 'grant.revoked') continue;
      const text = `Grant ${event.data.grantId} was revoked (${event.id}).`;
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text }),
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) throw new Error(`the chat replied ${response.status}`);
    }
  }

  /** Nothing is buffered. */
  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}
