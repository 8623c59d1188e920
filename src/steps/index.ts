import type { StepHandlers } from '../ports/step-handler.ts';
import { backUpConfigMaps } from './back-up-config-maps.ts';
import { backUpEtcd, backUpExternalEtcd } from './back-up-etcd.ts';
import { backUpNodeFiles } from './back-up-node-files.ts';
import { checkDrift } from './check-drift.ts';
import { cordonNode } from './cordon-node.ts';
import type { StepDependencies } from './dependencies.ts';
import { drainNode } from './drain/drain-node.ts';
import { gate } from './gate.ts';
import { installKubeadm, installKubelet } from './install-packages.ts';
import { markNextNodes, unmarkNextNodes } from './mark-next-nodes.ts';
import { moveEtcdLeader } from './move-etcd-leader.ts';
import { pullImages } from './pull-images.ts';
import { quarantineNode } from './quarantine-node.ts';
import { recordWorkloads } from './record-workloads.ts';
import { restartKubelet } from './restart-kubelet.ts';
import { enableEtcdDowngrade } from './rollback/enable-etcd-downgrade.ts';
import { restartNodeAgents } from './rollback/restart-node-agents.ts';
import { restoreAddons } from './rollback/restore-addons.ts';
import { restoreConfigMaps } from './rollback/restore-config-maps.ts';
import { restoreEtcd } from './rollback/restore-etcd.ts';
import { restoreNodeFiles } from './rollback/restore-node-files.ts';
import { restoreStaticPods } from './rollback/restore-static-pods.ts';
import { stopStaticPods } from './rollback/stop-static-pods.ts';
import { runAddon } from './run-addon.ts';
import { soak } from './soak.ts';
import { switchRepository } from './switch-repository.ts';
import { uncordonNode } from './uncordon-node.ts';
import { upgradeControlPlane } from './upgrade-control-plane.ts';
import { upgradeKubeletConfig } from './upgrade-kubelet-config.ts';
import { verifyAddons } from './verify-addons.ts';
import { verifyCluster } from './verify-cluster.ts';
import { verifyNode } from './verify-node.ts';

export type { StepDependencies } from './dependencies.ts';

/** The handler of every kind of step. */
export function stepHandlers(deps: StepDependencies): StepHandlers {
  return {
    'check-drift': checkDrift(deps),
    'back-up-etcd': backUpEtcd(deps),
    'back-up-external-etcd': backUpExternalEtcd(deps),
    'back-up-config-maps': backUpConfigMaps(deps),
    'back-up-node-files': backUpNodeFiles(deps),
    'switch-repository': switchRepository(deps),
    'install-kubeadm': installKubeadm(deps),
    'pull-images': pullImages(deps),
    'move-etcd-leader': moveEtcdLeader(deps),
    'upgrade-control-plane': upgradeControlPlane(deps),
    'upgrade-kubelet-config': upgradeKubeletConfig(deps),
    'drain-node': drainNode(deps),
    'install-kubelet': installKubelet(deps),
    'restart-kubelet': restartKubelet(deps),
    'verify-node': verifyNode(deps),
    'uncordon-node': uncordonNode(deps),
    'verify-addons': verifyAddons(deps),
    'run-addon': runAddon(deps),
    'verify-cluster': verifyCluster(deps),
    'cordon-node': cordonNode(deps),
    'mark-next-nodes': markNextNodes(deps),
    'unmark-next-nodes': unmarkNextNodes(deps),
    'record-workloads': recordWorkloads(deps),
    soak: soak(deps),
    gate: gate(deps),
    'quarantine-node': quarantineNode(deps),
    'restore-node-files': restoreNodeFiles(deps),
    'restore-static-pods': restoreStaticPods(deps),
    'restore-config-maps': restoreConfigMaps(deps),
    'restore-addons': restoreAddons(deps),
    'enable-etcd-downgrade': enableEtcdDowngrade(deps),
    'stop-static-pods': stopStaticPods(deps),
    'restore-etcd': restoreEtcd(deps),
    'restart-node-agents': restartNodeAgents(deps),
  };
}
