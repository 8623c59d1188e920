import type { StandIn } from '../../test/nodes/support/deb.ts';
import { sized } from '../quick.ts';

export const before = '1.33.13';
export const after = '1.34.9';

/** Where the kubelet's stand-in tells what the API server would know of it: its version, written when it joins. */
export const registration = '/var/lib/kubelet/registered';

/**
 * Seconds that the real programs work, fetching and unpacking included; with what apt itself takes a worker's turn comes
 * to the 25 to 30 s of a real one.
 */
const seconds = (real: number) => sized(real, real / 20);
const work = { kubeadm: 4, kubelet: 5, kubectl: 3, upgrade: 3, join: 6 };

/** The packages of the version that the workers come from: there in a moment, nobody measures the way back. */
export const oldPackages = (): StandIn[] => packages(before, () => undefined);

/** The packages of the version that they go to. */
export const newPackages = (): StandIn[] =>
  packages(after, (name) => ({ postinst: `sleep ${seconds(work[name])}` }));

function packages(
  version: string,
  more: (name: 'kubeadm' | 'kubelet' | 'kubectl') => Partial<StandIn> | undefined,
): StandIn[] {
  const programs = {
    kubeadm: kubeadm(version),
    kubelet: kubelet(version),
    kubectl: `#!/bin/sh\necho Client Version: v${version}\n`,
  };
  return (['kubeadm', 'kubelet', 'kubectl'] as const).map((name) => ({
    name,
    version: `${version}-1.1`,
    files: { [`usr/bin/${name}`]: programs[name] },
    ...more(name),
  }));
}

const kubeadm = (version: string) => `#!/bin/sh
case $1 in
  version) echo v${version} ;;
  upgrade)
    sleep ${seconds(work.upgrade)}
    touch /var/lib/kubelet/config.yaml /var/lib/kubelet/instance-config.yaml
    echo '[upgrade] The configuration for this node was successfully updated!' ;;
esac
`;

/** In perl because the nodes have it: answers healthz once it has joined. */
const kubelet = (version: string) => `#!/usr/bin/perl
use strict; use IO::Socket::INET;
if (@ARGV) { print "Kubernetes v${version}\\n"; exit }
select(undef, undef, undef, ${version === after ? seconds(work.join) : 0});
my $server = IO::Socket::INET->new(
  LocalAddr => '127.0.0.1', LocalPort => 10248, Listen => 5, ReuseAddr => 1) or die "$@";
open(my $file, '>', '${registration}.part') or die $!;
print $file 'v${version}'; close($file); rename('${registration}.part', '${registration}') or die $!;
while (my $client = $server->accept) {
  while (my $line = <$client>) { last if $line =~ /^\\r?\\n/ }
  print $client "HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"; close($client);
}
`;

/** The unit, and the files that kubeadm leaves on a worker. */
export const workerFiles = `mkdir -p /etc/kubernetes/pki /var/lib/kubelet
echo 'kind: Config' >/etc/kubernetes/kubelet.conf
echo certificate >/etc/kubernetes/pki/ca.crt
echo 'kind: KubeletConfiguration' >/var/lib/kubelet/config.yaml
echo 'KUBELET_KUBEADM_ARGS="--node-ip="' >/var/lib/kubelet/kubeadm-flags.env
printf '[Service]\\nExecStart=/usr/bin/kubelet\\n' >/etc/systemd/system/kubelet.service
`;
