import type { SourceStats } from '@grantex/destinations';

/** Where a server listens, and the key that it knows. */
export interface Address {
  readonly url: string;
  readonly key: string;
}

// What the three processes tell the one that started them.

export type EventServerMessage =
  | ({ readonly kind: 'ready' } & Address)
  | {
      readonly kind: 'emitted';
      readonly ids: readonly string[];
      /** Unix epoch, milliseconds. */
      readonly at: number;
    }
  | { readonly kind: 'cut' }
  | { readonly kind: 'all emitted' };

export type IntakeMessage =
  | ({ readonly kind: 'ready' } & Address)
  | { readonly kind: 'stored'; readonly ids: readonly string[] }
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'finished'; readonly requests: number };

export type ForwarderMessage = SourceStats;

/** Sends a message to the process that started this one. */
export function tell(message: EventServerMessage | IntakeMessage): void {
  if (process.send === undefined) throw new Error('This file is a part of the demo: run main.ts');
  process.send(message);
}

/** Ends this process with the one that started it, however that one ends. */
export function endTogether(): void {
  process.once('disconnect', () => process.exit());
}
