export type Component = 'kubelet' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

/** A flag that a component knows up to the minor before; given to it from there on, it ends with "unknown flag". */
export interface RemovedFlag {
  readonly component: Component;
  readonly flag: string;
  readonly minor: number;
  /** A pull request of kubernetes/kubernetes, or the file that had the flag in the minor before and has it no more. */
  readonly source: string;
  /** What to do instead, where there is something. */
  readonly instead?: string;
  /** kubeadm of exactly this minor takes the flag out of /var/lib/kubelet/kubeadm-flags.env by itself. */
  readonly tidiedByKubeadm?: number;
}

const gce = 'cmd/kube-apiserver/app/options/globalflags_providers.go, gone in release-1.31';

/** Source: as each entry says; all checked against the flags in the source of release-1.28 to release-1.36 (README.md here). */
export const removedFlags: readonly RemovedFlag[] = [
  {
    component: 'kubelet',
    flag: 'azure-container-registry-config',
    minor: 30,
    source: 'cmd/kubelet/app/options/globalflags_providers.go, gone in release-1.30',
    instead: 'Use a credential provider (--image-credential-provider-config).',
  },
  { component: 'kubelet', flag: 'keep-terminated-pod-volumes', minor: 31, source: '#122082' },
  { component: 'kubelet', flag: 'iptables-masquerade-bit', minor: 31, source: '#122363' },
  { component: 'kubelet', flag: 'iptables-drop-bit', minor: 31, source: '#122363' },
  {
    component: 'kubelet',
    flag: 'register-schedulable',
    minor: 34,
    source: '#122384',
    instead: 'Use --register-with-taints.',
  },
  { component: 'kubelet', flag: 'cloud-config', minor: 34, source: '#130161' },
  {
    component: 'kubelet',
    flag: 'pod-infra-container-image',
    minor: 35,
    source: '#133779, #133778; kubeadm 1.36 tidies it no more: #135807',
    instead: 'The container runtime names the sandbox image (sandbox_image of containerd).',
    tidiedByKubeadm: 35,
  },
  { component: 'kube-apiserver', flag: 'cloud-provider-gce-lb-src-cidrs', minor: 31, source: gce },
  { component: 'kube-apiserver', flag: 'cloud-provider-gce-l7lb-src-cidrs', minor: 31, source: gce },
  { component: 'kube-apiserver', flag: 'cloud-provider', minor: 33, source: '#130162' },
  { component: 'kube-apiserver', flag: 'cloud-config', minor: 33, source: '#130162' },
  {
    component: 'kube-controller-manager',
    flag: 'cloud-provider-gce-lb-src-cidrs',
    minor: 31,
    source: 'cmd/kube-controller-manager/app/flags_providers.go, gone in release-1.31',
  },
  {
    component: 'kube-controller-manager',
    flag: 'horizontal-pod-autoscaler-upscale-delay',
    minor: 31,
    source: '#124948',
  },
  {
    component: 'kube-controller-manager',
    flag: 'horizontal-pod-autoscaler-downscale-delay',
    minor: 31,
    source: '#124948',
  },
  { component: 'kube-controller-manager', flag: 'volume-host-cidr-denylist', minor: 31, source: '#124017' },
  {
    component: 'kube-controller-manager',
    flag: 'volume-host-allow-local-loopback',
    minor: 31,
    source: '#124017',
  },
];
