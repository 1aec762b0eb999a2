/** A condition: the promise has resolved. Throws what it rejected with. */
export function isDone(promise: Promise<unknown>): () => boolean {
  let state: 'waiting' | 'done' | { readonly error: unknown } = 'waiting';
  promise.then(
    () => (state = 'done'),
    (error: unknown) => (state = { error }),
  );
  return () => {
    if (typeof state === 'object') throw state.error;
    return state === 'done';
  };
}
