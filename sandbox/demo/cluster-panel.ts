import type { SandboxCluster } from '../cluster/index.ts';
import type { FaultParameter } from '../cluster/model/fault-board.ts';
import { seeds } from '../cluster/seeds/registry.ts';
import type { Panel, PanelData, PanelSection } from '../slack/index.ts';
import { type SeenNode, seenNodes } from './nodes.ts';

/** How many of the newest effects the page lists. */
const effectsShown = 12;

/** The simulated cluster beside the conversation: its nodes, what happened to it, and faults to switch on and off. */
export function clusterPanel(cluster: SandboxCluster): Panel {
  return {
    title: `Cluster ${cluster.name}`,
    read: () => Promise.resolve(read(cluster)),
    async act(name, params) {
      if (name === 'speed') {
        cluster.setTimeScale(Number(params['scale']));
        return `The machines now work ${String(params['scale'])} times faster than life.`;
      }
      const [verb, fault = ''] = name.split(':');
      if (verb === 'off') {
        await cluster.faults.disable(Number(fault));
        return 'Switched off.';
      }
      if (verb === 'plant') {
        await cluster.plant(fault, given(params));
        return `Planted: ${fault}. A plan or the doctor should find it.`;
      }
      await cluster.faults.enable(fault, given(params));
      return `Switched on: ${fault}.`;
    },
  };
}

function read(cluster: SandboxCluster): PanelData {
  const active = cluster.faults.active();
  const sections: PanelSection[] = [
    {
      kind: 'table',
      columns: ['Node', 'Kubelet', 'State'],
      rows: seenNodes(cluster).map((node) => [node.name, node.kubelet, stateOf(node)]),
    },
    {
      kind: 'actions',
      title: 'Pace',
      items: [
        {
          name: 'speed',
          label: 'Set the pace',
          fields: [{ name: 'scale', label: 'Times faster than life', kind: 'number', value: '30' }],
        },
      ],
    },
    {
      kind: 'actions',
      title: 'Faults',
      items: [
        ...active.map(({ id, name, parameters }) => ({
          name: `off:${id}`,
          label: `Switch off ${name} ${Object.values(parameters).join(' ')}`.trim(),
          tone: 'bad' as const,
        })),
        ...cluster.faults.catalogue.map((fault) => ({
          name: `on:${fault.name}`,
          label: fault.name,
          hint: fault.description,
          fields: fieldsFor(cluster, fault.parameters),
        })),
      ],
    },
    {
      kind: 'actions',
      title: 'Problems to find (they stay)',
      items: seeds.map((seed) => ({
        name: `plant:${seed.name}`,
        label: seed.name,
        hint: seed.description,
        fields: fieldsFor(cluster, seed.parameters),
      })),
    },
    {
      kind: 'text',
      title: 'What happened last',
      text: cluster.journal.effects
        .slice(-effectsShown)
        .map(({ at, node, what }) => `${at.slice(11, 19)} ${node} ${what}`)
        .join('\n'),
    },
  ];
  return { sections };
}

function fieldsFor(cluster: SandboxCluster, parameters: readonly FaultParameter[]) {
  return parameters.map(({ name, description, type }) => ({
    name,
    label: description,
    ...(type === 'node'
      ? {
          kind: 'select' as const,
          options: cluster.nodes.map((node) => ({ value: node.name, label: node.name })),
        }
      : { kind: type === 'number' ? ('number' as const) : ('text' as const) }),
  }));
}

function stateOf({ ready, cordoned }: SeenNode) {
  if (!ready) return { text: 'NotReady', tone: 'bad' as const };
  return cordoned
    ? { text: 'Ready, cordoned', tone: 'warning' as const }
    : { text: 'Ready', tone: 'good' as const };
}

/** Parameters that were filled in; an empty field means that the fault's own default holds. */
function given(params: Readonly<Record<string, string | number | boolean>>) {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ''));
}
