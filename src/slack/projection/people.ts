import type { Approvers } from '../../config.ts';
import type { UserId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { listed } from '../text/fold.ts';
import { escaped } from '../text/untrusted.ts';
import type { ProjectionContext } from './context.ts';

/** A mention: rings when posted, not when a message is edited. */
export function mention(user: UserId): string {
  return `<@${user}>`;
}

/** The name without ringing; a mention where no name is known. */
export function quietly(user: UserId, context: Pick<ProjectionContext, 'nameOf'>): string {
  const name = context.nameOf(user);
  return name === undefined ? mention(user) : escaped(name);
}

/** Who may approve, as mentions: `@k8s-approvers`, `@amir and @li`. */
export function approversText({ group, users }: Approvers): string {
  const all = [...(group === undefined ? [] : [`<!subteam^${group}>`]), ...users.map(mention)];
  return listed(all, 6);
}

/** Who is awaited beside somebody: `@k8s-approvers, but not @dana`. */
export function othersText(approvers: Approvers, not: UserId): string {
  const { group, users } = approvers;
  const others = users.filter((user) => user !== not);
  const who = approversText({ group, users: others });
  return group === undefined ? who : `${who}, but not ${mention(not)}`;
}

/** `@amir and @li`, as mentions. */
export function approvedBy(run: Pick<Run, 'approvals'>): string {
  return listed(run.approvals.map(({ by }) => mention(by)));
}
