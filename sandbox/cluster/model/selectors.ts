import type { LabelSelector, Taint, Toleration } from './objects.ts';

type Labels = Record<string, string> | undefined;

/** Whether labels satisfy a LabelSelector; an absent selector matches nothing, an empty one everything. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {}))
    if (labels?.[key] !== value) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels?.[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}

/** Parses a labelSelector query parameter (`a=b,c!=d,e in (f,g),!h,i`); throws on what is none. */
export function parseLabelSelector(text: string): LabelSelector {
  const matchExpressions: NonNullable<LabelSelector['matchExpressions']> = [];
  for (const part of text.split(/,(?![^(]*\))/).map((each) => each.trim())) {
    if (part === '') continue;
    const set = /^([^\s!=]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part);
    const equal = /^([^\s!=]+)\s*(==|=|!=)\s*(\S*)$/.exec(part);
    const exists = /^(!?)([^\s!=]+)$/.exec(part);
    if (set !== null) {
      const values = (set[3] ?? '').split(',').map((value) => value.trim());
      matchExpressions.push({ key: set[1] as string, operator: set[2] === 'in' ? 'In' : 'NotIn', values });
    } else if (equal !== null) {
      const operator = equal[2] === '!=' ? 'NotIn' : 'In';
      matchExpressions.push({ key: equal[1] as string, operator, values: [equal[3] ?? ''] });
    } else if (exists !== null) {
      matchExpressions.push({
        key: exists[2] as string,
        operator: exists[1] === '!' ? 'DoesNotExist' : 'Exists',
      });
    } else throw new Error(`unable to parse requirement: found '${part}'`);
  }
  return { matchExpressions };
}

export interface FieldRequirement {
  path: string;
  value: string;
  negated: boolean;
}

/** Parses a fieldSelector query parameter: `spec.nodeName=w-01,status.phase!=Succeeded`. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const found = /^([^!=]+)(==|=|!=)(.*)$/.exec(part.trim());
      if (found === null) throw new Error(`invalid selector: '${part}'; can't understand '${part}'`);
      return { path: found[1] as string, value: found[3] as string, negated: found[2] === '!=' };
    });
}

export function matchesFields(object: unknown, requirements: readonly FieldRequirement[]): boolean {
  return requirements.every(({ path, value, negated }) => {
    let at: unknown = object;
    for (const step of path.split('.')) at = (at as Record<string, unknown> | undefined)?.[step];
    const text =
      typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : '';
    return (text === value) !== negated;
  });
}

export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some(
    ({ key, operator = 'Equal', value, effect }) =>
      (effect === undefined || effect === '' || effect === taint.effect) &&
      (key === undefined || key === '' ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  );
}

/** A count or percentage of `total`, as in maxUnavailable; percentages round up or down as the field demands. */
export function scaled(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const share = (Number.parseFloat(value) / 100) * total;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
