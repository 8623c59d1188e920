/** Slack's date tokens, e.g. `{date_short_pretty} at {time}`, in the reader's time zone. Runs in the browser too. */
export function formatDate(format: string, seconds: number, timeZone: string, now = Date.now()): string {
  const at = new Date(seconds * 1000);
  return format.replaceAll(/\{([a-z_]+)\}/g, (whole, name: string) => {
    const pretty = name.endsWith('_pretty');
    const near = pretty ? nearName(at, timeZone, now) : undefined;
    return near ?? plain(name.replace(/_pretty$/, ''), at, timeZone, now) ?? whole;
  });
}

function plain(name: string, at: Date, timeZone: string, now: number): string | undefined {
  const show = (options: Intl.DateTimeFormatOptions, locale = 'en-US'): string =>
    formatter(locale, { timeZone, ...options }).format(at);
  switch (name) {
    case 'date_num':
      return show({ year: 'numeric', month: '2-digit', day: '2-digit' }, 'sv-SE');
    case 'date_slash':
      return show({ year: 'numeric', month: '2-digit', day: '2-digit' });
    case 'date':
      return show({ year: 'numeric', month: 'long', day: 'numeric' });
    case 'date_short':
      return show({ year: 'numeric', month: 'short', day: 'numeric' });
    case 'date_long':
      return show({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
    case 'day_divider':
      return show({ weekday: 'long', month: 'long', day: 'numeric' });
    case 'time':
      return show({ hour: '2-digit', minute: '2-digit', hour12: false }, 'en-GB');
    case 'time_secs':
      return show({ hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }, 'en-GB');
    case 'ago':
      return ago(now - at.getTime());
    default:
      return undefined;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making one costs a hundred times what using it does, and a conversation is shown again at every change. */
function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, options]);
  const found = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formatters.set(key, found);
  return found;
}

function nearName(at: Date, timeZone: string, now: number): string | undefined {
  const day = (time: number): string => formatter('sv-SE', { timeZone }).format(time);
  const oneDay = 86_400_000;
  const shown = day(at.getTime());
  if (shown === day(now)) return 'today';
  if (shown === day(now - oneDay)) return 'yesterday';
  return shown === day(now + oneDay) ? 'tomorrow' : undefined;
}

function ago(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const amount =
    minutes < 60
      ? `${minutes} min`
      : minutes < 2880
        ? `${Math.round(minutes / 60)} h`
        : `${Math.round(minutes / 1440)} days`;
  return ms >= 0 ? `${amount} ago` : `in ${amount}`;
}
