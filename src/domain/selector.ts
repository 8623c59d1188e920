type Labels = Readonly<Record<string, string>>;

/** A label selector as the API has it (meta/v1 LabelSelector). */
export interface Selector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

/** Whether the selector selects something with these labels: all its parts hold; an empty selector selects everything. */
export function selects({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean {
  for (const key in matchLabels) {
    if (labels[key] !== matchLabels[key]) return false;
  }
  return matchExpressions.every((expression) => holds(expression, labels));
}

function holds({ key, operator, values }: Selector['matchExpressions'][number], labels: Labels): boolean {
  const value = labels[key];
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
      // An operator of a later release. Too many nodes named is a needless warning, too few a drain that hangs.
      return true;
  }
}
