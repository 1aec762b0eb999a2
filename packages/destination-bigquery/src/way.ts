import type { Attempt, Batch, CheckResult, GrantexEvent, Verdict } from '@grantex/core';

/** A row as it is sent: JSON, or protobuf. */
export type Row = string | Uint8Array;

/** One of the two ways into a table. */
export interface Way {
  encode(event: GrantexEvent): Row;
  send(batch: Batch<Row>, attempt: Attempt): Promise<Verdict>;
  check(signal: AbortSignal): Promise<CheckResult>;
  /** Where the batch is to stand, for a way that has places. */
  openBatch?(batch: Batch<Row>, signal: AbortSignal): Promise<string>;
  release(): Promise<void>;
}
