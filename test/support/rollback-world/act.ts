import { assertNever } from '../../../src/domain/assert-never.ts';
import type { RunId } from '../../../src/domain/names.ts';
import type { Step } from '../../../src/domain/step.ts';
import { minorNumber } from '../../../src/domain/version.ts';
import { restoreStaticPods, stop, upgraded } from './control-plane.ts';
import { enableDowngrade, restoreEtcd } from './etcd.ts';
import {
  inRepository,
  installKubelet,
  restartKubelet,
  uncordon,
  verifyCluster,
  verifyNode,
} from './node-steps.ts';
import { contentOf, filesOf, pruned, save } from './saved.ts';
import { Impossible, needApi, nodeIn, plain, type Saved, type World, withFiles, withNode } from './world.ts';

/** The world after a step of a run. Throws Impossible where a real cluster would refuse. */
export function act(world: World, step: Step, run: RunId): World {
  switch (step.kind) {
    case 'check-drift':
    case 'record-workloads':
    case 'soak':
      needApi(world, step);
      return world;
    case 'back-up-etcd':
      return pruned(save(world, run, step.key, 'etcd.db', { kind: 'etcd-snapshot', world }), run, step);
    case 'back-up-config-maps': {
      needApi(world, step);
      const content: Saved = {
        kind: 'config-maps',
        kubeadm: world.snapshot.kubeadm.kubernetesVersion,
        addons: world.snapshot.addons,
      };
      return save(
        save(world, run, step.key, 'addons-before.json', content),
        run,
        step.key,
        'config-maps.json',
        content,
      );
    }
    case 'back-up-node-files':
      return save(world, run, step.key, `${step.input.node}.tar.gz`, filesOf(world, step.input.node));
    case 'upgrade-control-plane':
      return upgraded(world, step);
    case 'upgrade-kubelet-config':
      return withFiles(world, step.input.node, minorNumber(step.input.version));
    case 'install-kubeadm':
      return inRepository(world, step, plain(world, step));
    case 'install-kubelet':
      return installKubelet(world, step);
    case 'switch-repository':
      return withNode(world, step.input.node, (node) =>
        node.host.status === 'reached'
          ? { ...node, host: { ...node.host, repositoryMinor: step.input.minor } }
          : node,
      );
    case 'restart-kubelet':
      return restartKubelet(world, step);
    case 'cordon-node':
    case 'drain-node':
      needApi(world, step);
      return withNode(world, step.input.node, (node) =>
        node.unschedulable ? node : { ...node, unschedulable: true, cordonedByRun: run },
      );
    case 'uncordon-node':
      needApi(world, step);
      return uncordon(world, step, run);
    case 'verify-node':
      return verifyNode(world, step);
    case 'verify-addons':
      needApi(world, step);
      if (world.snapshot.addons.kubeProxyImage?.endsWith(`:${step.input.version}`)) return world;
      throw new Impossible(`${step.key}: kube-proxy is ${world.snapshot.addons.kubeProxyImage}`);
    case 'verify-cluster':
      return verifyCluster(world, step, run);
    case 'restore-node-files':
      return withFiles(
        world,
        step.input.node,
        contentOf(world, step.input.backup, 'node-files').kubeletFiles,
      );
    case 'restore-static-pods':
      return restoreStaticPods(world, step);
    case 'restore-config-maps': {
      needApi(world, step);
      const { kubeadm } = contentOf(world, step.input.backup, 'config-maps');
      if (!step.input.names.includes('kubeadm-config')) return world;
      const { snapshot } = world;
      return {
        ...world,
        snapshot: { ...snapshot, kubeadm: { ...snapshot.kubeadm, kubernetesVersion: kubeadm } },
      };
    }
    case 'restore-addons': {
      needApi(world, step);
      contentOf(world, step.input.configMaps, 'config-maps');
      const { addons } = contentOf(world, step.input.backup, 'config-maps');
      return { ...world, snapshot: { ...world.snapshot, addons } };
    }
    case 'enable-etcd-downgrade':
      return enableDowngrade(world, step);
    case 'stop-static-pods':
      return stop(world, step);
    case 'restore-etcd':
      return restoreEtcd(world, step);
    case 'restart-node-agents': {
      needApi(world, step);
      if (nodeIn(world, step.input.node).kubeletVersion !== step.input.version) {
        throw new Impossible(`${step.key}: another kubelet runs there`);
      }
      return { ...world, stale: new Set([...world.stale].filter((name) => name !== step.input.node)) };
    }
    case 'back-up-external-etcd':
    case 'gate':
    case 'mark-next-nodes':
    case 'unmark-next-nodes':
    case 'move-etcd-leader':
    case 'pull-images':
    case 'quarantine-node':
    case 'run-addon':
      return plain(world, step);
    default:
      return assertNever(step);
  }
}
