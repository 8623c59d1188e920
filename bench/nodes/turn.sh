#!/bin/bash
# The peer: what an operator's script sends to a worker, one command after the other over one connection.
# Arguments: address, user, key, known_hosts, a directory of its own, where the kubelet tells that it has joined.
set -euo pipefail
address=$1 user=$2 key=$3 known_hosts=$4 directory=$5 registration=$6

cat >"$directory/config" <<CONFIG
Host node
  HostName $address
  User $user
  IdentityFile $key
  IdentitiesOnly yes
  UserKnownHostsFile $known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
  ControlMaster auto
  ControlPath $directory/control
  ControlPersist 60
CONFIG

on_node() {
  echo . >>"$directory/commands"
  ssh -F "$directory/config" node "sudo -n timeout 600 sh -c '$1'"
}
trap 'ssh -F "$directory/config" -O exit node 2>/dev/null' EXIT

list=/etc/apt/sources.list.d/kubernetes.list
install='DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -y -o Dpkg::Use-Pty=0 install'

on_node 'tar -C / -czf - etc/kubernetes var/lib/kubelet/config.yaml var/lib/kubelet/kubeadm-flags.env' >"$directory/node.tar.gz"
on_node "sed -i s#/v1.33/#/v1.34/# $list"
on_node "apt-get -q update -o Dir::Etc::sourcelist=$list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0"
on_node "apt-mark unhold kubeadm && $install kubeadm=1.34.9-* && apt-mark hold kubeadm"
on_node 'kubeadm upgrade node'
on_node "apt-mark unhold kubelet kubectl && $install kubelet=1.34.9-* kubectl=1.34.9-* && apt-mark hold kubelet kubectl"
on_node 'systemctl daemon-reload && systemctl restart kubelet'
on_node "until grep -q v1.34.9 $registration && curl -sf http://127.0.0.1:10248/healthz; do sleep 0.1; done"
