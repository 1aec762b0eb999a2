/** What the event server's process is told. */
export type PublisherCommand = { readonly kind: 'publish' } | { readonly kind: 'end' };

/** What it tells. */
export type PublisherNews =
  | { readonly kind: 'ready'; readonly url: string; readonly key: string }
  | { readonly kind: 'published'; readonly count: number }
  /** The last event is on its way. */
  | { readonly kind: 'ended'; readonly count: number };
