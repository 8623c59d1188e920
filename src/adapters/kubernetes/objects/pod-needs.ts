import { z } from 'zod';
import type { PodNeeds } from '../../../ports/kubernetes.ts';
import { listOf } from './metadata.ts';
import { quantity } from './quantity.ts';

const Texts = z.record(z.string(), z.string());
const Quantities = z.record(z.string(), z.union([z.string(), z.number()]));
const Resources = z.object({ requests: Quantities.nullish() }).nullish();
const Requirement = z.object({ key: z.string(), operator: z.string(), values: listOf(z.string()) });
const Term = z.object({ matchExpressions: listOf(Requirement) });

const Toleration = z.object({
  key: z.string().default(''),
  operator: z.string().default('Equal'),
  value: z.string().default(''),
  effect: z.string().default(''),
});

/** The parts of a PodSpec that the scheduler looks at. */
const Spec = z.object({
  nodeSelector: Texts.nullish(),
  affinity: z
    .object({
      nodeAffinity: z
        .object({
          requiredDuringSchedulingIgnoredDuringExecution: z
            .object({ nodeSelectorTerms: listOf(Term) })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
  tolerations: listOf(Toleration),
  terminationGracePeriodSeconds: z.number().nullish(),
  resources: Resources,
  overhead: Quantities.nullish(),
  containers: z.array(z.object({ resources: Resources })),
  initContainers: listOf(z.object({ resources: Resources, restartPolicy: z.string().nullish() })),
});
type Spec = z.infer<typeof Spec>;

/** What is looked at, as it comes: tens of thousands of pods have some hundred different ones. */
export const RawNeeds = {
  nodeSelector: z.unknown().optional(),
  affinity: z.unknown().optional(),
  tolerations: z.unknown().optional(),
  terminationGracePeriodSeconds: z.unknown().optional(),
  resources: z.unknown().optional(),
  overhead: z.unknown().optional(),
  initContainers: z.unknown().optional(),
};

type RawSpec = { readonly [Part in keyof typeof RawNeeds]?: unknown } & {
  readonly containers: readonly { readonly resources?: unknown }[];
};

const mostKept = 5_000;
const kept = new Map<string, PodNeeds | undefined>();

/**
 * What a pod needs of a node. Pods that need the same share one object, which is parsed once. Undefined for a spec that
 * makes no sense: whoever counts leaves such a pod out.
 */
export function podNeeds(spec: RawSpec): PodNeeds | undefined {
  const { nodeSelector, affinity, tolerations, terminationGracePeriodSeconds, resources, overhead } = spec;
  const looked = {
    nodeSelector,
    affinity,
    tolerations,
    terminationGracePeriodSeconds,
    resources,
    overhead,
    containers: spec.containers.map((container) => ({ resources: container.resources })),
    initContainers: spec.initContainers,
  };
  const key = JSON.stringify(looked);
  if (!kept.has(key)) {
    // Templates come and go in a process that lives for months.
    if (kept.size >= mostKept) kept.clear();
    const parsed = Spec.safeParse(looked);
    kept.set(key, parsed.success ? needsOf(parsed.data) : undefined);
  }
  return kept.get(key);
}

function needsOf(spec: Spec): PodNeeds {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return {
    cpuMillis: requestOf(spec, 'cpu'),
    memoryBytes: requestOf(spec, 'memory'),
    graceSeconds: spec.terminationGracePeriodSeconds ?? 30,
    placement: {
      nodeSelector: spec.nodeSelector ?? {},
      // Conditions on fields instead of labels name a node: only pods of DaemonSets have them.
      affinity: (terms?.nodeSelectorTerms ?? []).map(({ matchExpressions }) => matchExpressions),
      tolerations: spec.tolerations,
    },
  };
}

/**
 * What a pod asks for (k8s.io/component-helpers/resource PodRequests): its containers and sidecars together, or the
 * largest of its init containers beside the sidecars that run by then; the pod's own word where it has one; its overhead.
 * In thousandths of a core, in bytes, each amount rounded up as Kubernetes does.
 */
function requestOf(spec: Spec, of: 'cpu' | 'memory'): number {
  const whole = (value: number) =>
    of === 'cpu' ? Math.ceil(Number((value * 1000).toFixed(3))) : Math.ceil(value);
  const amount = (quantities: Record<string, string | number> | null | undefined) =>
    whole(quantity(String(quantities?.[of] ?? 0)) ?? 0);
  const ofContainer = ({ resources }: { resources?: z.infer<typeof Resources> }) =>
    amount(resources?.requests);
  let sidecars = 0;
  let starting = 0;
  for (const container of spec.initContainers) {
    if (container.restartPolicy === 'Always') sidecars += ofContainer(container);
    else starting = Math.max(starting, sidecars + ofContainer(container));
  }
  const running = sidecars + spec.containers.reduce((sum, container) => sum + ofContainer(container), 0);
  const own = spec.resources?.requests?.[of];
  return (
    (own === undefined ? Math.max(running, starting) : amount(spec.resources?.requests)) +
    amount(spec.overhead)
  );
}
