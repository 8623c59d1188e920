import { excludedNodes } from '../nodes/excluded.ts';
import { controlPlanesOf } from '../running.ts';
import { count, forms, listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

/** Nodes that policy leaves out or orders by hand: what that means is said, and what makes no sense. */
export const checkChosenNodes: Check = (snapshot, { target }, policy) => {
  const { exclude, first, last } = policy.nodes;
  const excluded = excludedNodes(snapshot, policy);
  const behind = excluded.filter(({ kubeletVersion }) => kubeletVersion !== target);
  const controlPlanes = controlPlanesOf(snapshot).filter(({ name }) => exclude.includes(name));
  const known = new Set(snapshot.nodes.map(({ name }) => name));
  const unknown = [...exclude, ...first, ...last].filter((name) => !known.has(name));
  return [
    ...when(behind.length > 0, () => ({
      code: 'nodes.excluded',
      severity: 'warning' as const,
      objects: nodeObjects(behind),
      summary: `Left out by the policy: ${listOf(behind.map(({ name }) => name))}. ${forms(behind, 'It stays', 'They stay')} as ${forms(behind, 'it is', 'they are')}.`,
      facts: Object.fromEntries(behind.map(({ name, kubeletVersion }) => [name, kubeletVersion])),
      remedy: 'Take them out of nodes.exclude in the configuration to have them upgraded, too.',
    })),
    ...when(controlPlanes.length > 0, () => ({
      code: 'nodes.control-plane-excluded',
      severity: 'blocker' as const,
      objects: nodeObjects(controlPlanes),
      summary: `The policy leaves out ${count(controlPlanes.length, 'control plane')}: ${listOf(controlPlanes.map(({ name }) => name))}. Everything after it would rest on it.`,
      facts: {},
      remedy: 'Take control planes out of nodes.exclude in the configuration.',
    })),
    ...when(unknown.length > 0, () => ({
      code: 'nodes.unknown',
      severity: 'warning' as const,
      objects: unknown.map((name) => ({ kind: 'Node', name })),
      summary: `The policy names ${forms(unknown, 'a node', 'nodes')} that the cluster has not: ${listOf(unknown)}.`,
      facts: {},
      remedy: 'Correct nodes.exclude, nodes.first and nodes.last in the configuration.',
    })),
  ];
};
