type Labels = Readonly<Record<string, string>>;

/** One requirement on labels, as the API has it (meta/v1 LabelSelectorRequirement, core/v1 NodeSelectorRequirement). */
export interface Requirement {
  readonly key: string;
  /** In, NotIn, Exists, DoesNotExist; of nodes also Gt and Lt. */
  readonly operator: string;
  readonly values: readonly string[];
}

/** A label selector as the API has it (meta/v1 LabelSelector). */
export interface Selector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly Requirement[];
}

/** Whether the selector selects something with these labels: all its parts hold; an empty selector selects everything. */
export function selects({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean {
  for (const key in matchLabels) {
    if (labels[key] !== matchLabels[key]) return false;
  }
  return matchExpressions.every((expression) => meets(labels, expression));
}

export function meets(labels: Labels, { key, operator, values }: Requirement): boolean {
  const value = labels[key];
  const [bound = ''] = values;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(bound);
    case 'Lt':
      return value !== undefined && Number(value) < Number(bound);
    default:
      // An operator of a later release. A node too many is a needless warning, one too few a drain that hangs.
      return true;
  }
}
