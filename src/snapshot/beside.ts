import type { NodeName } from '../domain/names.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { oldest } from '../domain/version.ts';
import type { LocalVolumeObject } from '../ports/cluster-survey.ts';
import type { NodeObject } from '../ports/kubernetes.ts';
import { readAlerts } from './alerts.ts';
import type { OptionalReads } from './cluster-reads.ts';
import { askCustomChecks } from './custom-checks.ts';
import type { LookRequest } from './gather-snapshot.ts';
import type { HostReads } from './hosts.ts';
import { roleOf } from './nodes.ts';
import { readSurvey, type SurveyReads } from './survey.ts';

/** What is asked beside the cluster's own state: only where somebody plans. */
export interface BesideReads {
  readonly sections: Partial<Pick<Snapshot, 'apiUses' | 'storedApis' | 'crds' | 'webhooks' | 'alerts'>>;
  readonly localVolumes: readonly LocalVolumeObject[];
  readonly gaps: Snapshot['gaps'];
}

/** The survey of the API and the firing alerts, at the same time. */
export async function readBeside(
  { survey, prometheus }: Pick<LookRequest, 'survey' | 'prometheus'>,
  nodes: readonly NodeObject[],
  reading: Promise<OptionalReads>,
): Promise<BesideReads> {
  const nothing: SurveyReads = { sections: {}, localVolumes: [], gaps: [] };
  const [surveyed, told] = await Promise.all([
    survey
      ? readSurvey(survey.api, {
          removed: survey.removed,
          present: reading.then(({ apiServers }) => oldest(Object.values(apiServers))),
          controlPlanes: nodes.filter((node) => roleOf(node) === 'control-plane').length,
        })
      : nothing,
    prometheus ? readAlerts(prometheus.metrics, prometheus.alerts) : { gaps: [] },
  ]);
  const { gaps, ...alerts } = told;
  return { ...surveyed, sections: { ...surveyed.sections, ...alerts }, gaps: [...surveyed.gaps, ...gaps] };
}

/** The checks of the configuration's own, on the first control plane by name that was reached. */
export async function askedChecks(
  { customChecks = [], prometheus, hostOf }: Pick<LookRequest, 'customChecks' | 'prometheus' | 'hostOf'>,
  nodes: readonly NodeObject[],
  hosts: HostReads,
): Promise<Pick<Snapshot, 'customChecks'>> {
  if (customChecks.length === 0) return {};
  const [first] = nodes
    .filter((node) => roleOf(node) === 'control-plane' && hosts.facts.get(node.name)?.status === 'reached')
    .map(({ name }): NodeName => name)
    .toSorted();
  const host = first === undefined ? undefined : hostOf(first);
  return { customChecks: await askCustomChecks(customChecks, { host, metrics: prometheus?.metrics }) };
}
