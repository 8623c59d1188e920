import { type Calendar, type Window, weekdays } from '../../domain/calendar.ts';
import { openingAt, opensFrom } from '../../domain/opening.ts';
import type { Run } from '../../domain/run.ts';
import { fold } from '../text/fold.ts';
import { moment } from '../text/moment.ts';
import { short } from '../text/untrusted.ts';

const dayNames = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
} as const;

/** `runs 22:00–06:00 Europe/Berlin, Mon–Fri`; undefined where nothing limits when nodes are begun. */
export function windowsText(calendar: Calendar): string | undefined {
  if (calendar.windows.length === 0)
    return calendar.freezes.length === 0 ? undefined : 'runs at any time but in freezes';
  const windows = calendar.windows.map((window) => windowText(window, calendar));
  return `runs ${fold(windows, { separator: ' and ', maxEntries: 4, maxChars: 400 })}`;
}

function windowText({ from, to, days, timeZone }: Window, calendar: Calendar): string {
  return `${from}–${to} ${timeZone ?? calendar.timeZone}${daysText(days)}`;
}

/** Nothing for every day; days in a row as a stretch. */
function daysText(days: Window['days']): string {
  const known = weekdays.filter((day) => days.includes(day));
  if (known.length === weekdays.length) return '';
  const first = weekdays.indexOf(known[0] ?? 'mon');
  const inARow = known.every((day, index) => weekdays[first + index] === day);
  const [one, last] = [known[0], known.at(-1)];
  if (inARow && known.length > 2 && one && last) return `, ${dayNames[one]}–${dayNames[last]}`;
  return `, ${known.map((day) => dayNames[day]).join(', ')}`;
}

/** Whether it may begin now, and if not when: `now outside: starts 22:00`. */
export function openingText(calendar: Calendar, now: number): string {
  const opening = openingAt(calendar, now);
  if (opening.open) {
    return opening.closesAt === undefined ? 'open now' : `open now, until ${moment(opening.closesAt, now)}`;
  }
  const why = opening.because === 'freeze' ? `frozen (${short(opening.reason ?? '', 120)})` : 'outside';
  return opening.opensAt === undefined
    ? `now ${why}, and no opening is in sight`
    : `now ${why}: starts ${moment(opening.opensAt, now)}`;
}

/** When an approved run starts: `in a moment`, or at what time and why not now. */
export function startText({ plan, course }: Pick<Run, 'plan' | 'course'>, now: number): string {
  const wanted = Math.max(now, Date.parse(course.startAt ?? '') || now);
  const start = opensFrom(plan.policy, wanted);
  const [incident] = course.incidents;
  if (incident) return `when the incident ${short(incident.name, 80)} is over`;
  if (start === undefined) return 'when its calendar opens, which is not in sight';
  return start <= now ? 'in a moment' : `at ${moment(start, now)}`;
}
