import { checkAddons } from './addons.ts';
import { apiChecks } from './api/index.ts';
import { checkApiServerSkew } from './api-server-skew.ts';
import { besideChecks } from './beside/index.ts';
import { checkCertificates } from './certificates.ts';
import type { Check } from './check.ts';
import { checkChosenNodes } from './chosen-nodes.ts';
import { checkControllerSkew } from './controller-skew.ts';
import { checkCordons } from './cordons.ts';
import { checkDiskSpace } from './disk-space.ts';
import { checkDisruptionBudgets } from './disruption-budgets.ts';
import { checkEtcdMembers } from './etcd-members.ts';
import { checkEtcdVersion } from './etcd-version.ts';
import { checkGaps } from './gaps.ts';
import { checkHosts } from './hosts.ts';
import { checkKubeadmConfig } from './kubeadm-config.ts';
import { checkKubeadmOptions } from './kubeadm-options.ts';
import { checkKubeletSkew } from './kubelet-skew.ts';
import { machineChecks } from './machine/index.ts';
import { movingChecks } from './moving/index.ts';
import { checkNodeHealth } from './node-health.ts';
import { checkPackages } from './packages.ts';
import { checkPods } from './pods.ts';
import { checkRepositories } from './repositories.ts';
import { checkSingleControlPlane } from './single-control-plane.ts';
import { checkStaticPods } from './static-pods.ts';
import { checkTargetVersion } from './target-version.ts';
import { checkUnavailableNodes } from './unavailable-nodes.ts';

/** All checks, in the order in which people are told: whether it is possible at all, then the machines, then the pods. */
export const checks: readonly Check[] = [
  checkTargetVersion,
  checkApiServerSkew,
  checkKubeletSkew,
  checkControllerSkew,
  ...apiChecks,
  ...besideChecks,
  checkKubeadmConfig,
  checkKubeadmOptions,
  checkAddons,
  checkHosts,
  checkRepositories,
  checkPackages,
  checkNodeHealth,
  checkCordons,
  checkChosenNodes,
  checkUnavailableNodes,
  checkStaticPods,
  ...machineChecks,
  checkSingleControlPlane,
  checkEtcdMembers,
  checkEtcdVersion,
  checkCertificates,
  checkDiskSpace,
  checkDisruptionBudgets,
  checkPods,
  ...movingChecks,
  checkGaps,
];
