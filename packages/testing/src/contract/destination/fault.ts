/** What a service can do to the requests that come while the fault lasts. */
export type Fault =
  /** Out of order for now: a 503, a broker without a leader. Nothing is stored. */
  | { readonly kind: 'temporary' }
  /** No answer, because the connection breaks. Nothing is stored. */
  | { readonly kind: 'network' }
  /** The events are stored, and the answer is lost. */
  | { readonly kind: 'answer-lost' }
  /** No answer ever comes, and the connection stays open. Nothing is stored. */
  | { readonly kind: 'hang' }
  /** Too many requests; the service says for how long it wants none. Nothing is stored. */
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** The key is wrong, or not allowed to write. */
  | { readonly kind: 'unauthorized' }
  /** Requests of more events than this are too large. */
  | { readonly kind: 'too-large'; readonly maxEvents: number }
  /** Every request is refused for its content, as a wrong setting may have it. */
  | { readonly kind: 'rejected' }
  /** Requests with this event are refused for their content, with these words; no other event of theirs is stored. */
  | { readonly kind: 'poison'; readonly id: string; readonly reason: string }
  /** Of a request only some events are stored: not those to come `again`, and not the `rejected` ones, which never can be. */
  | { readonly kind: 'partial'; readonly again: readonly string[]; readonly rejected: readonly string[] };

/** The name of a fault, to leave out the tests that need it. */
export type FaultKind = Fault['kind'];

/** What a destination or its service has, or not; the tests that need what is missing are left out. */
export type Capability =
  | FaultKind
  /** {@link DestinationRequest.digest} is known. */
  | 'bytes'
  /** What is stored a second time is there twice. Not so where a name or a place holds one copy. */
  | 'repeats'
  /** The words of the service about a refused event come back to the destination. */
  | 'reason'
  /** The destination has `check()` and `sendTest()`. */
  | 'check';
