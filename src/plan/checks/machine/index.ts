import type { Check } from '../check.ts';
import { checkClocks } from './clocks.ts';
import { checkContainerRuntime } from './container-runtime.ts';
import { checkEtcdSpace } from './etcd-space.ts';
import { checkEtcdStrangers } from './etcd-strangers.ts';
import { checkFeatureGates } from './feature-gates.ts';
import { checkApiServerFlags, checkFlags } from './flags.ts';
import { checkCriSocket, checkLeftovers, checkPatches } from './kubeadm-files.ts';
import { checkKnownMinors, checkKubeadmGates } from './kubeadm-gates.ts';
import { checkCgroups, checkKubeletFiles, checkSwap } from './kubelet-start.ts';
import { checkEditedManifests, checkStrayManifests } from './manifests.ts';
import { checkPrograms } from './programs.ts';
import { checkUnfinishedNodes } from './unfinished.ts';

/** What the machines and the configuration of components tell: whether they start again, then what is lost, then room. */
export const machineChecks: readonly Check[] = [
  checkUnfinishedNodes,
  checkFlags,
  checkFeatureGates,
  checkApiServerFlags,
  checkKubeadmGates,
  checkKnownMinors,
  checkSwap,
  checkCgroups,
  checkContainerRuntime,
  checkClocks,
  checkCriSocket,
  checkPatches,
  checkPrograms,
  checkStrayManifests,
  checkEditedManifests,
  checkKubeletFiles,
  checkEtcdStrangers,
  checkEtcdSpace,
  checkLeftovers,
];
