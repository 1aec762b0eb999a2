import type { RedeliveryReport } from '@grantex/core';
import type { ForwarderStatus } from '../watching/status.js';

/** What a running forwarder can be told through its Unix socket. */
export interface Control {
  status(): Promise<ForwarderStatus>;
  /** Reads the file of settings again, and changes what differs. */
  reload(): Promise<ReloadReport>;
  /** `from: 'oldest'`: what the journal still keeps is sent as well. */
  switchOn(destination: string, options: { readonly from: 'head' | 'oldest' }): Promise<SwitchReport>;
  /** Discards what waits for it. */
  switchOff(destination: string): Promise<SwitchReport>;
  retryDeadLetters(source: string, numbers: readonly number[]): Promise<RedeliveryReport>;
  dropDeadLetters(source: string, numbers: readonly number[]): Promise<DropReport>;
  /** Ends the program. Without `drain` only the requests under way are finished, and the rest stays in the journal. */
  stop(options: { readonly drain: boolean }): Promise<void>;
}

/** By names of destinations, and of sources. */
export interface ReloadReport {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  /** What takes a restart, and was left as it is. */
  readonly needs_restart: readonly string[];
  /** Events that waited for destinations that are gone, by name. */
  readonly discarded: Readonly<Record<string, number>>;
}

export interface SwitchReport {
  /** False: it was so before. */
  readonly changed: boolean;
  /** Events that waited for it and will not be sent. */
  readonly discarded: number;
}

export interface DropReport {
  readonly dropped: number;
}
