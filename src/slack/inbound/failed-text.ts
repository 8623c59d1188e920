/**
 * What somebody is told whose wish met an error (mrkdwn). A store that cannot be used says itself what is wrong with it and
 * what to do; everything else is for the log.
 * @param what `I met an error while planning; nothing was changed.`
 */
export function failedText(what: string, error: unknown): string {
  const isStore = error instanceof Error && error.name === 'StoreFailure';
  return `${what} ${isStore ? `${error.message}.` : 'My log has the details.'}`;
}

export const notKnown = 'I met an error and cannot say whether that was done.';
