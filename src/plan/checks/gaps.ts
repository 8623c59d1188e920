import type { Finding } from '../../domain/finding.ts';
import type { Check } from './check.ts';

/** What could not be looked at: a plan says what it does not know. */
export const checkGaps: Check = (snapshot) =>
  snapshot.gaps.map(
    ({ what, why, optional }): Finding => ({
      code: 'snapshot.gap',
      severity: optional === true ? 'info' : 'warning',
      objects: [{ kind: 'Cluster', name: snapshot.cluster }],
      summary: `Could not be looked at: ${what} (${why}).`,
      facts: { what, why },
      remedy: 'Make it visible and plan again, or approve knowing that nothing was checked there.',
    }),
  );
