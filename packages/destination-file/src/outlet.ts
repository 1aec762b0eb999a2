/** Where lines go. One call is under way at a time. */
export interface Outlet {
  /** Writes whole lines. Rejects with the system's error when not all of them are there; then they come again. */
  write(lines: Uint8Array): Promise<void>;
  /** Resolves to a word about what is right; rejects with the system's error that a write would meet. Leaves nothing behind. */
  check(): Promise<string>;
  close(): Promise<void>;
}
