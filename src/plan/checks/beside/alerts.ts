import type { FiringAlert } from '../../../domain/workload-facts.ts';
import { compareNames, count, forms, listOf } from '../../text.ts';
import { type Check, when } from '../check.ts';

const told = ({ name, severity, count: times, labels }: FiringAlert): string => {
  const where = labels.namespace ?? labels.node ?? labels.instance ?? labels.job;
  const parts = [severity, times > 1 ? `${times} times` : (where ?? '')].filter((part) => part !== '');
  return parts.length > 0 ? `${name} (${parts.join(', ')})` : name;
};

/** What fires in the cluster's Prometheus: an upgrade of a cluster that is unwell makes two troubles of one. */
export const checkAlerts: Check = ({ alerts = [] }) => {
  const firing = alerts.toSorted(
    (a, b) => compareNames(a.name, b.name) || compareNames(a.severity, b.severity),
  );
  return when(firing.length > 0, () => ({
    code: 'alerts.firing',
    severity: 'warning',
    objects: firing.map(({ name }) => ({ kind: 'Alert', name })),
    summary: `${count(firing.length, 'alert')} ${forms(firing, 'fires', 'fire')}: ${listOf(firing.map(told))}.`,
    facts: Object.fromEntries(
      firing.map(({ name, severity, labels }) => [
        severity === '' ? name : `${name}/${severity}`,
        Object.entries(labels)
          .map(([label, value]) => `${label}=${value}`)
          .join(' '),
      ]),
    ),
    remedy:
      'Look at each before approving; put those that say nothing about an upgrade into prometheus.ignoreAlerts.',
  }));
};
