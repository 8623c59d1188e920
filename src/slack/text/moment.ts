/**
 * Moments as Slack dates: shown in each reader's own time zone (Slack: `<!date^epoch^format|fallback>`). The fallback is
 * UTC and says so.
 */

/** `16:40`, with the day where it is not the day of `now`. */
export function moment(at: string | number, now: number): string {
  const time = new Date(at);
  const sameDay = Math.abs(time.getTime() - now) < 12 * 3_600_000;
  return sameDay ? slackDate(time, '{time}') : slackDate(time, '{date_short_pretty} {time}');
}

/** `10:42:07`, for what must be seen to move. */
export function momentWithSeconds(at: string | number): string {
  return slackDate(new Date(at), '{time_secs}');
}

/** `16:40 UTC`, for plain text, where Slack dates mean nothing. */
export function plainMoment(at: string | number): string {
  return fallback(new Date(at), '{time}');
}

function slackDate(time: Date, format: string): string {
  return `<!date^${Math.floor(time.getTime() / 1_000)}^${format}|${fallback(time, format)}>`;
}

function fallback(time: Date, format: string): string {
  const iso = time.toISOString();
  const clock = format.includes('time_secs') ? iso.slice(11, 19) : iso.slice(11, 16);
  return format.includes('date') ? `${iso.slice(0, 10)} ${clock} UTC` : `${clock} UTC`;
}
