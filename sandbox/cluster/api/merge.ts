type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON merge patch (RFC 7396). */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/**
 * Which key merges the items of a list, by the list's field name (patchMergeKey in k8s.io/api). Lists that are not here
 * are replaced, among them taints and tolerations.
 */
const mergeKeys: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  ports: 'containerPort',
  imagePullSecrets: 'name',
  secrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  conditions: 'type',
  addresses: 'type',
  ownerReferences: 'uid',
};
const primitiveLists = new Set(['finalizers', 'podCIDRs']);

/** Strategic merge patch (sig-api-machinery/strategic-merge-patch.md) with its directives. */
export function strategicMerge(target: Json | undefined, patch: Json, field = ''): Json {
  if (Array.isArray(patch)) return mergeList(Array.isArray(target) ? target : [], patch, field);
  if (!isObject(patch)) return patch;
  if (patch.$patch === 'replace') return without(patch, ['$patch']);
  const result: JsonObject = isObject(target) ? { ...target } : {};
  const retain = patch.$retainKeys;
  if (Array.isArray(retain))
    for (const key of Object.keys(result)) if (!retain.includes(key)) delete result[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys' || key.startsWith('$setElementOrder/')) continue;
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const list = key.slice('$deleteFromPrimitiveList/'.length);
      const current = result[list];
      if (Array.isArray(current)) result[list] = current.filter((item) => !(value as Json[]).includes(item));
    } else if (value === null) delete result[key];
    else if (isObject(value) && value.$patch === 'delete') delete result[key];
    else result[key] = strategicMerge(result[key], value, key);
  }
  return result;
}

function mergeList(target: Json[], patch: Json[], field: string): Json {
  if (patch.some((item) => isObject(item) && item.$patch === 'replace')) {
    return patch.filter((item) => !(isObject(item) && item.$patch === 'replace'));
  }
  if (primitiveLists.has(field)) return [...target, ...patch.filter((item) => !target.includes(item))];
  const key =
    field === 'ports' && patch.some((item) => isObject(item) && 'port' in item) ? 'port' : mergeKeys[field];
  if (key === undefined) return patch;
  const result = [...target];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const at = result.findIndex((other) => isObject(other) && other[key] === item[key]);
    if (item.$patch === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (at < 0) result.push(item);
    else result[at] = strategicMerge(result[at], item);
  }
  return result;
}

function without(object: JsonObject, keys: string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** JSON patch (RFC 6902); throws an Error with the reason when an operation cannot be done. */
export function jsonPatch(target: Json, operations: unknown): Json {
  if (!Array.isArray(operations))
    throw new Error('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  let document = structuredClone(target);
  for (const { op, path, value, from } of operations as {
    op: string;
    path: string;
    value?: Json;
    from?: string;
  }[]) {
    const steps = pointer(path);
    switch (op) {
      case 'add':
        document = put(document, steps, value ?? null, true);
        break;
      case 'replace':
        if (read(document, steps) === undefined)
          throw new Error(`replace operation does not apply: doc is missing key: ${path}: missing value`);
        document = put(document, steps, value ?? null, false);
        break;
      case 'remove':
        if (read(document, steps) === undefined)
          throw new Error(
            `error in remove for path: '${path}': Unable to remove nonexistent key: ${steps.at(-1) ?? ''}: missing value`,
          );
        remove(document, steps);
        break;
      case 'test':
        if (JSON.stringify(read(document, steps)) !== JSON.stringify(value))
          throw new Error(`testing value ${path} failed: test failed`);
        break;
      case 'copy':
      case 'move': {
        const source = pointer(from ?? '');
        const moved = structuredClone(read(document, source));
        if (moved === undefined) throw new Error(`${op} operation does not apply: doc is missing from path`);
        if (op === 'move') remove(document, source);
        document = put(document, steps, moved, true);
        break;
      }
      default:
        throw new Error(`Unexpected kind: ${op}`);
    }
  }
  return document;
}

function pointer(path: string): string[] {
  if (path === '') return [];
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: Json | undefined, steps: string[]): Json | undefined {
  let at: Json | undefined = document;
  for (const step of steps) {
    if (Array.isArray(at)) at = at[Number(step)];
    else if (isObject(at)) at = at[step];
    else return undefined;
  }
  return at;
}

function put(document: Json, steps: string[], value: Json, insert: boolean): Json {
  const last = steps.at(-1);
  if (last === undefined) return value;
  const parent = read(document, steps.slice(0, -1));
  if (Array.isArray(parent)) {
    if (last === '-') parent.push(value);
    else parent.splice(Number(last), insert ? 0 : 1, value);
  } else if (isObject(parent)) parent[last] = value;
  else
    throw new Error(
      `add operation does not apply: doc is missing path: "/${steps.join('/')}": missing value`,
    );
  return document;
}

function remove(document: Json, steps: string[]): void {
  const last = steps.at(-1) ?? '';
  const parent = read(document, steps.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isObject(parent)) delete parent[last];
}
