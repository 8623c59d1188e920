import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryName } from '../node/manifests.ts';

/** An image of kubeadm's that may be taken from elsewhere (kubeadm.k8s.io/v1beta4 ImageMeta). */
const ImageMeta = { imageRepository: z.string().optional(), imageTag: z.string().optional() };

/** What ClusterConfiguration says about images of its own. */
const ClusterConfiguration = z.object({
  etcd: z
    .object({ local: z.object(ImageMeta).optional(), external: z.looseObject({}).optional() })
    .default({}),
  dns: z.object(ImageMeta).default({}),
});

/**
 * The images that this cluster will really use, from kubeadm's list of its defaults: an external etcd needs none, and
 * etcd's and CoreDNS' images may be configured to be others.
 * @param configuration YAML of the ClusterConfiguration in ConfigMap kubeadm-config; one that cannot be read changes nothing
 */
export function imagesInUse(listed: readonly string[], configuration: string): string[] {
  const { etcd, dns } = readConfiguration(configuration);
  return listed.flatMap((image) => {
    switch (repositoryName(image)) {
      case 'etcd':
        return etcd.external ? [] : [configured(image, 'etcd', etcd.local)];
      case 'coredns':
        return [configured(image, 'coredns', dns)];
      default:
        return [image];
    }
  });
}

function readConfiguration(text: string): z.infer<typeof ClusterConfiguration> {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    value = {};
  }
  return ClusterConfiguration.safeParse(value).data ?? { etcd: {}, dns: {} };
}

function configured(
  image: string,
  name: string,
  meta: { imageRepository?: string | undefined; imageTag?: string | undefined } | undefined,
): string {
  const colon = image.lastIndexOf(':');
  const repository =
    meta?.imageRepository === undefined ? image.slice(0, colon) : `${meta.imageRepository}/${name}`;
  return `${repository}:${meta?.imageTag ?? image.slice(colon + 1)}`;
}
