/** Tells the benchmark that forked this process; resolves when it is sent, so that the process may end. */
export async function tell(message: object): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}
