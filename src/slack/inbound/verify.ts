import { Origin } from './payloads.ts';

export interface Expected {
  /** The workspace (T…), or the organisation (E…) for an installation to a whole one. */
  readonly teamId: string;
  /** The id of our own app; undefined while it is not known, and then nothing passes. */
  readonly appId: () => string | undefined;
}

export type Verdict =
  | { readonly status: 'ours' }
  | {
      readonly status: 'foreign';
      readonly why: 'shape' | 'app' | 'team' | 'enterprise';
      /** What the payload says of itself, and what it should say: for the log. */
      readonly said?: string | undefined;
      readonly expected?: string | undefined;
    };

/**
 * Whether a payload is for this app and from this workspace. Bolt with one token serves every team, so this is the only
 * place that asks; what does not say where it is from is foreign.
 */
export function verifyOrigin(body: unknown, expected: Expected): Verdict {
  const parsed = Origin.safeParse(body);
  if (!parsed.success) return { status: 'foreign', why: 'shape' };
  const origin = parsed.data;
  const appId = expected.appId();
  if (appId === undefined || origin.api_app_id !== appId) {
    return { status: 'foreign', why: 'app', said: origin.api_app_id, expected: appId };
  }

  const wholeOrganisation = origin.is_enterprise_install === true || origin.is_enterprise_install === 'true';
  if (expected.teamId.startsWith('E')) {
    const enterprise = origin.enterprise_id ?? origin.enterprise?.id;
    return enterprise === expected.teamId
      ? { status: 'ours' }
      : { status: 'foreign', why: 'enterprise', said: enterprise, expected: expected.teamId };
  }
  if (wholeOrganisation) {
    const organisation = origin.enterprise_id ?? origin.enterprise?.id;
    return { status: 'foreign', why: 'enterprise', said: organisation, expected: expected.teamId };
  }
  const team = origin.team_id ?? origin.team?.id;
  return team === expected.teamId
    ? { status: 'ours' }
    : { status: 'foreign', why: 'team', said: team, expected: expected.teamId };
}
