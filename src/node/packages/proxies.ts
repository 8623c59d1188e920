/**
 * The proxies that a machine names in /etc/environment, as people have them when they log in; a unit of systemd's has them
 * not. Only package managers get them: kubeadm would write them into the control plane's manifests.
 */
export const proxies = [
  'for proxy in $(grep -Ei "^[a-z]+_proxy=" /etc/environment 2>/dev/null | tr -d "\\"\'"); do export "$proxy"; done',
];
