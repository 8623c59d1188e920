import {
  clusterConfiguration,
  controlPlaneEndpoint,
  corefile,
  kubeletConfiguration,
  kubeProxyConfiguration,
  kubeYaml,
} from './configuration.ts';
import type { KubeObject, WorkloadObject } from './objects.ts';
import { bundleOf, minorOf, registry } from './versions.ts';

const system = 'kube-system';

function configMap(name: string, data: Record<string, string>, labels?: Record<string, string>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: system, ...(labels && { labels }) },
    data,
  };
}

/** The four ConfigMaps that kubeadm keeps and rewrites. */
export function kubeadmConfigMaps(version: string): KubeObject[] {
  const proxyKubeconfig = kubeYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        cluster: {
          'certificate-authority': '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
          server: `https://${controlPlaneEndpoint}`,
        },
        name: 'default',
      },
    ],
    contexts: [{ context: { cluster: 'default', namespace: 'default', user: 'default' }, name: 'default' }],
    'current-context': 'default',
    users: [{ name: 'default', user: { tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' } }],
  });
  return [
    configMap('kubeadm-config', { ClusterConfiguration: clusterConfiguration(version) }),
    configMap('kubelet-config', { kubelet: kubeletConfiguration() }),
    configMap(
      'kube-proxy',
      { 'config.conf': kubeProxyConfiguration, 'kubeconfig.conf': proxyKubeconfig },
      { app: 'kube-proxy' },
    ),
    configMap('coredns', { Corefile: corefile }),
  ];
}

export const kubeProxyImage = (version: string) => `${registry}/kube-proxy:${version}`;
export const corednsImage = (version: string) =>
  `${registry}/coredns/coredns:${bundleOf(minorOf(version)).coredns}`;

export function kubeProxy(version: string): WorkloadObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      annotations: { 'deprecated.daemonset.template.generation': '1' },
      labels: { 'k8s-app': 'kube-proxy' },
      name: 'kube-proxy',
      namespace: system,
    },
    spec: {
      revisionHistoryLimit: 10,
      selector: { matchLabels: { 'k8s-app': 'kube-proxy' } },
      template: {
        metadata: { labels: { 'k8s-app': 'kube-proxy' } },
        spec: {
          containers: [
            {
              command: [
                '/usr/local/bin/kube-proxy',
                '--config=/var/lib/kube-proxy/config.conf',
                '--hostname-override=$(NODE_NAME)',
              ],
              env: [
                {
                  name: 'NODE_NAME',
                  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } },
                },
              ],
              image: kubeProxyImage(version),
              imagePullPolicy: 'IfNotPresent',
              name: 'kube-proxy',
              resources: {},
              securityContext: { privileged: true },
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
              volumeMounts: [
                { mountPath: '/var/lib/kube-proxy', name: 'kube-proxy' },
                { mountPath: '/run/xtables.lock', name: 'xtables-lock' },
                { mountPath: '/lib/modules', name: 'lib-modules', readOnly: true },
              ],
            },
          ],
          dnsPolicy: 'ClusterFirst',
          hostNetwork: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          priorityClassName: 'system-node-critical',
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          securityContext: {},
          serviceAccount: 'kube-proxy',
          serviceAccountName: 'kube-proxy',
          terminationGracePeriodSeconds: 30,
          tolerations: [{ operator: 'Exists' }],
          volumes: [
            { configMap: { defaultMode: 420, name: 'kube-proxy' }, name: 'kube-proxy' },
            { hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' }, name: 'xtables-lock' },
            { hostPath: { path: '/lib/modules', type: '' }, name: 'lib-modules' },
          ],
        },
      },
      updateStrategy: {
        rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } as { maxUnavailable: number },
        type: 'RollingUpdate',
      },
    },
  };
}

export function coredns(version: string): WorkloadObject {
  const probe = (path: string, port: number, extra: Record<string, number>) => ({
    ...extra,
    httpGet: { path, port, scheme: 'HTTP' },
    periodSeconds: 10,
    successThreshold: 1,
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      labels: { 'k8s-app': 'kube-dns' },
      name: 'coredns',
      namespace: system,
    },
    spec: {
      progressDeadlineSeconds: 600,
      replicas: 2,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 }, type: 'RollingUpdate' },
      template: {
        metadata: { labels: { 'k8s-app': 'kube-dns' } },
        spec: {
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  podAffinityTerm: {
                    labelSelector: {
                      matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns'] }],
                    },
                    topologyKey: 'kubernetes.io/hostname',
                  },
                  weight: 100,
                },
              ],
            },
          },
          containers: [
            {
              args: ['-conf', '/etc/coredns/Corefile'],
              image: corednsImage(version),
              imagePullPolicy: 'IfNotPresent',
              livenessProbe: probe('/health', 8080, {
                failureThreshold: 5,
                initialDelaySeconds: 60,
                timeoutSeconds: 5,
              }),
              name: 'coredns',
              ports: [
                { containerPort: 53, name: 'dns', protocol: 'UDP' },
                { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
                { containerPort: 9153, name: 'metrics', protocol: 'TCP' },
              ],
              readinessProbe: probe('/ready', 8181, { failureThreshold: 3, timeoutSeconds: 1 }),
              resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
              volumeMounts: [{ mountPath: '/etc/coredns', name: 'config-volume', readOnly: true }],
            },
          ],
          dnsPolicy: 'Default',
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          priorityClassName: 'system-cluster-critical',
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          securityContext: {},
          serviceAccount: 'coredns',
          serviceAccountName: 'coredns',
          terminationGracePeriodSeconds: 30,
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { effect: 'NoSchedule', key: 'node-role.kubernetes.io/control-plane' },
          ],
          volumes: [
            {
              configMap: {
                defaultMode: 420,
                items: [{ key: 'Corefile', path: 'Corefile' }],
                name: 'coredns',
              },
              name: 'config-volume',
            },
          ],
        },
      },
    },
  };
}
