import type { CrdSnapshot } from '../../../domain/api-facts.ts';
import type { Finding } from '../../../domain/finding.ts';
import { compareNames, listOf } from '../../text.ts';
import type { Check } from '../check.ts';

/**
 * Definitions whose stored objects some API server may not be able to read: a version in status.storedVersions that is no
 * longer defined, or no longer served, or that needs a conversion webhook nobody answers.
 */
export const checkDefinitions: Check = ({ crds = [] }) =>
  crds.toSorted((a, b) => compareNames(a.name, b.name)).flatMap(findingsOf);

function findingsOf(crd: CrdSnapshot): Finding[] {
  const { name, versions, storedVersions, conversion } = crd;
  const gone = storedVersions.filter((stored) => !versions.some((version) => version.name === stored));
  const unserved = storedVersions.filter((stored) =>
    versions.some((version) => version.name === stored && !version.served),
  );
  const common = {
    objects: [{ kind: 'CustomResourceDefinition', name }],
    facts: {
      storedVersions: storedVersions.join(', '),
      versions: versions.map((version) => version.name).join(', '),
    },
  };
  const migrate = `Rewrite every object of it (kubectl get ${name} -A -o json | kubectl replace -f -), then take the version out of status.storedVersions.`;
  return [
    ...(gone.length > 0
      ? [
          {
            ...common,
            code: 'crd.stored-version-gone',
            severity: 'blocker' as const,
            summary: `${name} has objects stored as ${listOf(gone)}, which its definition no longer has: they cannot be read.`,
            remedy: `Add the version back to the definition (served: false will do). ${migrate}`,
          },
        ]
      : []),
    ...(unserved.length > 0
      ? [
          {
            ...common,
            code: 'crd.stored-version-unserved',
            severity: 'warning' as const,
            summary: `${name} may have objects stored as ${listOf(unserved)}, which is no longer served: the next version of its operator may drop it.`,
            remedy: migrate,
          },
        ]
      : []),
    ...(conversion && conversion.ready === 0
      ? [
          {
            code: 'crd.conversion-webhook-down',
            severity: 'warning' as const,
            objects: [
              { kind: 'CustomResourceDefinition', name },
              { kind: 'Service', namespace: conversion.namespace, name: conversion.name },
            ],
            summary: `${name} is converted by ${conversion.namespace}/${conversion.name}, which has no ready endpoint: lists of it fail, and with them garbage collection and controllers that start anew.`,
            facts: { readyEndpoints: '0' },
            remedy:
              'Bring the webhook back before the API servers restart; see its Deployment and its Service.',
          },
        ]
      : []),
  ];
}
