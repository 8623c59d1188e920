import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { Snapshot } from '../../src/domain/snapshot.ts';
import { version } from '../../src/domain/version.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { renderPlan } from '../support/render-plan.ts';
import { policyOf } from '../support/snapshots.ts';

/** Gathered from what a real cluster printed, with the two faults that its test adds to the workers. */
async function recorded(): Promise<Snapshot> {
  return Snapshot.parse(JSON.parse(await readFile('test/snapshot/golden/cluster-1.33.13.json', 'utf8')));
}

/** The same with workers that answer and whose repository has the version. */
function mended(snapshot: Snapshot): Snapshot {
  const host = snapshot.nodes[0]?.host;
  if (host?.status !== 'reached') throw new Error('the first control plane should be reached');
  const nodes = snapshot.nodes.map((node) =>
    node.role === 'worker' ? { ...node, host: { ...host, manifests: [] } } : node,
  );
  return { ...snapshot, nodes };
}

const plan = (snapshot: Snapshot) =>
  planUpgrade({ cluster: snapshot.cluster, target: version('1.34.9') }, snapshot, policyOf());

const renderFindings = (findings: readonly Finding[]) =>
  findings
    .map(({ code, severity, summary, remedy }) => `${severity} ${code}\n  ${summary}\n  → ${remedy}\n`)
    .join('\n');

test('workers that cannot be worked on refuse the plan, and nothing else does', async () => {
  const refusal = plan(await recorded());
  expect(refusal.kind).toBe('refusal');
  expect(refusal.findings.filter(({ severity }) => severity === 'blocker').map(({ code }) => code)).toEqual([
    'ssh.unreachable',
    'packages.repository-unreachable',
  ]);
});

test('with them mended the recorded cluster plans to 1.34.9', async () => {
  const planned = plan(mended(await recorded()));
  if (planned.kind === 'refusal') throw new Error(renderFindings(planned.findings));
  const text = `${renderPlan(planned)}\n${renderFindings(planned.findings)}`;
  await expect(text).toMatchFileSnapshot('golden/recorded-cluster.txt');
});
