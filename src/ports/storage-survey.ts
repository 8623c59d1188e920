import type { ClusterName } from '../domain/names.ts';
import type { StoredKind } from '../domain/rollback-facts.ts';

/** A kind of object whose metadata can be listed. */
export interface ListedKind {
  readonly kind: string;
  /** `apps/v1`, `v1`. */
  readonly apiVersion: string;
  readonly resource: string;
}

/**
 * What is read of a cluster's storage to judge a rollback. Every read is bounded in time, changes nothing and throws what
 * the port Kubernetes throws: `kubernetes.refused` at once where a right is missing.
 */
export interface StorageSurvey {
  /** The kinds that API servers define themselves, with the version that they are stored in. */
  storedKinds(): Promise<readonly StoredKind[]>;
  /** Objects in etcd by resource, without their group; what the API server could not count is absent. */
  objectCounts(): Promise<Readonly<Record<string, number>>>;
  /** How many objects of a kind were created or written to after a moment, ISO 8601. */
  writtenSince(of: ListedKind, since: string): Promise<number>;
}

/** Gives the survey of a configured cluster's storage. */
export type StorageSurveyOf = (cluster: ClusterName) => StorageSurvey;
