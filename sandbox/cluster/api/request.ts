import type { ClusterModel } from '../model/cluster.ts';
import type { Resource } from '../model/resources.ts';

/** A request to a resource, taken apart. */
export interface ResourceRequest {
  model: ClusterModel;
  /** The control plane whose kube-apiserver was asked. */
  node: string;
  user: string;
  method: string;
  resource: Resource;
  /** Empty for cluster-scoped resources and for lists over all namespaces. */
  namespace: string;
  name: string | undefined;
  subresource: string | undefined;
  query: URLSearchParams;
  /** Content type without parameters. */
  contentType: string;
  accept: string;
  body: unknown;
}

export interface Answer {
  code: number;
  body: unknown;
  headers?: Record<string, string>;
}

export const ok = (body: unknown, code = 200): Answer => ({ code, body });
export const isDryRun = (request: ResourceRequest) => request.query.getAll('dryRun').includes('All');
