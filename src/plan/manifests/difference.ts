import type { Flag, StaticPod } from '../../domain/machine-facts.ts';

const written = ({ name, value }: Flag): string => (value === undefined ? `--${name}` : `--${name}=${value}`);

/** What is in the one and not in the other, as lines with `-` and `+`, those that replace one another side by side. */
function lines(before: readonly string[], after: readonly string[], key = (text: string) => text): string[] {
  const gone = before.filter((text) => !after.includes(text));
  const come = after.filter((text) => !before.includes(text));
  const keys = [...new Set([...gone, ...come].map(key))];
  return keys.flatMap((each) => [
    ...gone.filter((text) => key(text) === each).map((text) => `- ${text}`),
    ...come.filter((text) => key(text) === each).map((text) => `+ ${text}`),
  ]);
}

const pairs = (of: Readonly<Record<string, string>>, title: string): string[] =>
  Object.entries(of).map(([name, value]) => `${title} ${name}: ${value}`);
const upToColon = (text: string): string => text.slice(0, text.indexOf(':'));
const upToEquals = (text: string): string => text.split('=')[0] ?? text;

/** How one static pod differs from another, as lines of a diff; none where they are the same. */
export function podDifference(before: StaticPod, after: StaticPod): string[] {
  const ports = (pod: StaticPod) => (pod.probePort === undefined ? [] : [`probe port: ${pod.probePort}`]);
  const stamp = (pod: StaticPod) => (pod.hasCreationTimestamp ? ['creationTimestamp: null'] : []);
  const each = (of: readonly string[], title: string) => of.map((name) => `${title}: ${name}`);
  return [
    ...lines(each([before.image], 'image'), each([after.image], 'image'), upToColon),
    ...lines(before.flags.map(written), after.flags.map(written), upToEquals),
    ...lines(ports(before), ports(after), upToColon),
    ...lines(pairs(before.probes, 'probe'), pairs(after.probes, 'probe'), upToColon),
    ...lines(pairs(before.resources, 'resources'), pairs(after.resources, 'resources'), upToColon),
    ...lines(each(before.environment, 'env'), each(after.environment, 'env')),
    ...lines(each(before.mounts, 'mount'), each(after.mounts, 'mount')),
    ...lines(each(before.otherContainers, 'container'), each(after.otherContainers, 'container')),
    ...lines(each(before.annotations, 'annotation'), each(after.annotations, 'annotation')),
    ...lines(stamp(before), stamp(after)),
  ];
}
