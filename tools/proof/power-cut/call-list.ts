import type { FolderCall, LastingCall } from './folder-call.ts';

/** The calls of a run, in order. */
export class CallList {
  readonly calls: FolderCall[] = [];

  /**
   * A call is whole when no other that concerns the folder came into it. Threads of Node that have nothing to do with it do not
   * count, for they come at other moments each time.
   */
  add(next: FolderCall): void {
    const last = this.calls.at(-1);
    const endsLast =
      (next.kind === 'ended' || next.kind === 'failed') && last?.kind === 'begun' && last.call === next.call;
    if (endsLast) this.calls.pop();
    if (endsLast && next.kind === 'ended') this.calls.push(withResult(next.call, next.result));
    else if (!endsLast) this.calls.push(next);
  }
}

/** A write may have been a short one. */
function withResult(call: LastingCall, result: number): LastingCall {
  return call.kind === 'write' ? { ...call, bytes: call.bytes.subarray(0, result) } : call;
}
