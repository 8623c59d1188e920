import { type Reader, readText, script } from './command.ts';

/** The static pods of a control plane, by their labels `component`; etcd only where it is stacked. */
export const controlPlaneComponents = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
] as const;
export type ControlPlaneComponent = (typeof controlPlaneComponents)[number] | 'etcd';

/** The static pods that a control plane must have. */
export function expectedComponents(etcd: 'stacked' | 'external'): ControlPlaneComponent[] {
  return etcd === 'stacked' ? ['etcd', ...controlPlaneComponents] : [...controlPlaneComponents];
}

/** Image by component, for the static pod manifests that are there. */
export type ManifestImages = ReadonlyMap<ControlPlaneComponent, string>;

const manifestsScript = [
  'for name do',
  '  file=/etc/kubernetes/manifests/$name.yaml',
  '  if [ -f "$file" ]; then',
  '    printf "%s" "$name"',
  '    sed -n "s/^ *\\(- \\)\\{0,1\\}image: *//p" "$file" | while read -r image; do printf " %s" "$image"; done',
  '    echo',
  '  fi',
  'done',
];

/** Reads which static pod manifests a node has, and their images. */
export async function readManifests(host: Reader): Promise<ManifestImages> {
  const output = await readText(host, script(manifestsScript, 'etcd', ...controlPlaneComponents), {
    purpose: 'reading the static pod manifests',
  });
  return parseManifests(output);
}

/** Lines `component image…`. Patches may add containers: the image that is named like the component is its own. */
export function parseManifests(output: string): Map<ControlPlaneComponent, string> {
  const images = new Map<ControlPlaneComponent, string>();
  for (const line of output.split('\n')) {
    const [name, ...found] = line.trim().split(/\s+/);
    const component = [...controlPlaneComponents, 'etcd' as const].find((one) => one === name);
    if (!component) continue;
    const unquoted = found.map((image) => image.replace(/^["']|["']$/g, ''));
    images.set(component, unquoted.find((image) => repositoryName(image) === component) ?? unquoted[0] ?? '');
  }
  return images;
}

/** The last part of an image's repository: `kube-apiserver` for `registry.k8s.io/kube-apiserver:v1.34.9`. */
export function repositoryName(image: string): string {
  return (
    (image.split('@')[0] ?? '')
      .replace(/:[^:/]*$/, '')
      .split('/')
      .at(-1) ?? ''
  );
}

/** The tag of an image: `v1.34.9`; undefined for one that is named by digest alone. */
export function imageTag(image: string): string | undefined {
  return /:([^:/]+)$/.exec(image.split('@')[0] ?? '')?.[1];
}
