/** Waits until something is true, looking every few milliseconds. Fails with the last error or the description. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  what = 'it',
  deadlineMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  while (performance.now() < deadline) {
    const seen = await look();
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${what} did not happen within ${deadlineMs} ms`);
}
