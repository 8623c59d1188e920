import { z } from 'zod';
import { meets, type Requirement } from './selector.ts';

const key = String.raw`(?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?`;
const value = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?`;
const forms = [
  { operator: 'Exists', form: new RegExp(`^(?<key>${key})$`) },
  { operator: 'DoesNotExist', form: new RegExp(`^!\\s*(?<key>${key})$`) },
  { operator: 'NotIn', form: new RegExp(`^(?<key>${key})\\s*!=\\s*(?<values>${value})$`) },
  { operator: 'In', form: new RegExp(`^(?<key>${key})\\s*==?\\s*(?<values>${value})$`) },
  { operator: 'NotIn', form: new RegExp(`^(?<key>${key})\\s+notin\\s*\\((?<values>[^()]*)\\)$`) },
  { operator: 'In', form: new RegExp(`^(?<key>${key})\\s+in\\s*\\((?<values>[^()]*)\\)$`) },
] as const;
const valueForm = new RegExp(`^${value}$`);

/**
 * Reads a selector as kubectl's --selector takes it (k8s.io/apimachinery/pkg/labels): `app=db,tier!=web,env in (a,b),!x`.
 * Undefined for what is none.
 */
function parse(text: string): readonly Requirement[] | undefined {
  const parts = text.split(/,(?![^()]*\))/).map((part) => part.trim());
  const requirements = parts.map((part): Requirement | undefined => {
    for (const { operator, form } of forms) {
      const found = form.exec(part)?.groups;
      if (!found?.key) continue;
      const values = (found.values ?? '').split(',').map((one) => one.trim());
      return values.every((one) => valueForm.test(one)) ? { key: found.key, operator, values } : undefined;
    }
    return undefined;
  });
  return requirements.every((requirement) => requirement !== undefined) ? requirements : undefined;
}

/** A label selector in configuration, as kubectl's --selector takes it. */
export const LabelSelector = z
  .string()
  .refine((text) => parse(text) !== undefined, 'a label selector such as app=db,tier!=web or env in (a,b)')
  .brand<'LabelSelector'>();
export type LabelSelector = z.infer<typeof LabelSelector>;

/** Whether something with these labels is selected. */
export function isSelected(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return (parse(selector) ?? []).every((requirement) => meets(labels, requirement));
}
