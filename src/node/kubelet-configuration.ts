import { parse } from 'yaml';
import { z } from 'zod';
import type { KubeletConfiguration } from '../domain/machine-facts.ts';

const Configuration = z.object({
  kind: z.literal('KubeletConfiguration').optional(),
  failSwapOn: z.boolean().nullish(),
  failCgroupV1: z.boolean().nullish(),
  featureGates: z.record(z.string(), z.boolean()).nullish(),
});

/** Reads a KubeletConfiguration (kubelet.config.k8s.io/v1beta1); undefined for what is none. */
export function parseKubeletConfiguration(text: string): KubeletConfiguration | undefined {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
  const parsed = Configuration.safeParse(value);
  if (!parsed.success) return undefined;
  const { failSwapOn, failCgroupV1, featureGates } = parsed.data;
  return {
    ...(typeof failSwapOn === 'boolean' ? { failSwapOn } : {}),
    ...(typeof failCgroupV1 === 'boolean' ? { failCgroupV1 } : {}),
    featureGates: featureGates ?? {},
  };
}
