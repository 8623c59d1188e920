/**
 * The minor from which a kubelet does not start on cgroup v1 unless its configuration says failCgroupV1: false.
 * Source: pkg/kubelet/apis/config/v1beta1/defaults.go (false up to release-1.34, true from release-1.35), #134298; kubeadm's
 * SystemVerification fails over it as well, #134744.
 */
export const cgroupV1RefusedFrom = 35;

/**
 * The minor from which a kubelet needs a runtime that answers RuntimeConfig; up to the one before it falls back to its own
 * cgroupDriver. containerd 1.x does not answer it.
 * Source: getCgroupDriverFromCRI in cmd/kubelet/app/server.go of release-1.36; #136846 (put off from 1.36 to 1.37, with the
 * end of containerd 1.7's support).
 */
export const runtimeConfigNeededFrom = 37;

/**
 * The oldest containerd that serves the CRI v1 API, the only one a kubelet speaks since 1.26.
 * Source: kubernetes/kubernetes#110618; containerd's releases.md, "Kubernetes support".
 */
export const oldestContainerd = '1.6.0';

/** The minors that the tables of this directory were made for. Beyond the last one nothing is known, and that is said. */
export const knownMinors = { first: 28, last: 36 } as const;
