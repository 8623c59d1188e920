import type { Snapshot } from '../domain/snapshot.ts';
import { compareNames } from './text.ts';

/** The same facts in one order, so that neither plan nor findings depend on the order in which they were gathered. */
export function normalise(snapshot: Snapshot): Snapshot {
  const { etcd } = snapshot;
  return {
    ...snapshot,
    nodes: snapshot.nodes
      .map((node) => ({
        ...node,
        pressures: node.pressures.toSorted(compareNames),
        pods: {
          ...node.pods,
          unmanaged: node.pods.unmanaged.toSorted(compareNames),
          emptyDir: node.pods.emptyDir.toSorted(compareNames),
        },
      }))
      .sort((a, b) => compareNames(a.name, b.name)),
    etcd:
      etcd.topology === 'stacked'
        ? {
            ...etcd,
            members: etcd.members.toSorted(
              (a, b) => compareNames(a.name, b.name) || compareNames(a.id, b.id),
            ),
          }
        : { ...etcd, endpoints: etcd.endpoints.toSorted(compareNames) },
    pdbs: snapshot.pdbs
      .map((pdb) => ({ ...pdb, nodes: pdb.nodes.toSorted(compareNames) }))
      .sort((a, b) => compareNames(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`)),
    certificates: snapshot.certificates.toSorted(
      (a, b) => compareNames(a.node, b.node) || compareNames(a.name, b.name),
    ),
    gaps: snapshot.gaps.toSorted((a, b) => compareNames(a.what, b.what) || compareNames(a.why, b.why)),
  };
}
