import type { FiringAlert } from '../domain/workload-facts.ts';
import type { Metrics } from '../ports/metrics.ts';
import { whyOf } from './cluster-reads.ts';
import type { Gap } from './control-plane.ts';

export interface AlertChoice {
  /** Alerts that say nothing about an upgrade, by name. */
  readonly ignoreAlerts: readonly string[];
  /** Further conditions on labels, as in PromQL. */
  readonly alertSelector?: string | undefined;
}

/** Labels by which people know what an alert is about; the others make each series its own. */
const told = ['namespace', 'node', 'instance', 'job', 'service', 'pod'];
const mostAlerts = 100;

/** What fires now, one entry for an alert's name and severity. A Prometheus that cannot be asked is a gap. */
export async function readAlerts(
  metrics: Metrics,
  { ignoreAlerts, alertSelector = '' }: AlertChoice,
): Promise<{ alerts?: FiringAlert[]; gaps: Gap[] }> {
  const selector = ['alertstate="firing"', ...(alertSelector.trim() === '' ? [] : [alertSelector])].join(',');
  try {
    const samples = await metrics.query(`ALERTS{${selector}}`);
    const alerts = new Map<string, FiringAlert>();
    for (const { labels } of samples) {
      const { alertname: name = '', severity = '' } = labels;
      if (name === '' || ignoreAlerts.includes(name)) continue;
      const key = `${name}\n${severity}`;
      const known = alerts.get(key);
      if (known) alerts.set(key, { ...known, count: known.count + 1 });
      else alerts.set(key, { name, severity, labels: chosen(labels), count: 1 });
    }
    const sorted = [...alerts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, alert]) => alert);
    return { alerts: sorted.slice(0, mostAlerts), gaps: [] };
  } catch (error) {
    return { gaps: [{ what: 'the firing alerts', why: whyOf(error) }] };
  }
}

function chosen(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(told.flatMap((label) => (labels[label] ? [[label, labels[label]]] : [])));
}
