import type { ApiRequests, ApiServerUses, DeprecatedApiUse } from '../../../domain/api-facts.ts';
import { instant } from '../../../domain/names.ts';
import type { Caller } from '../caller.ts';
import type { TextReader } from '../text-reader.ts';

/** Metrics of a large cluster take an API server some seconds to write. */
const longestMs = 10_000;

/**
 * What each API server that answers tells of deprecated APIs, by its own /metrics. A server that is reached through two
 * endpoints (a load balancer and its own) is known by the moment at which it started, and told once.
 */
export async function apiUses(caller: Caller): Promise<ApiServerUses[]> {
  const call = {
    what: 'read the metrics of the API servers',
    method: 'GET',
    path: '/metrics',
    accept: 'text/plain',
    textReader: metricsReader,
  } as const;
  const answers = await caller.callEach(call, longestMs);
  const seen = new Set<string>();
  return [...answers].flatMap(([endpoint, { code, body }]): ApiServerUses[] => {
    if (code !== 200) return [];
    const { startedAt, uses } = body as ApiMetrics;
    const since = startedAt === undefined ? undefined : instant(Math.round(startedAt * 1000));
    if (since !== undefined && seen.has(since)) return [];
    if (since !== undefined) seen.add(since);
    return [{ endpoint, ...(since === undefined ? {} : { since }), uses: [...uses] }];
  });
}

export interface ApiMetrics {
  /** Seconds since the epoch; absent where the server does not tell. */
  readonly startedAt?: number;
  readonly uses: readonly DeprecatedApiUse[];
}

/** How often each verb of apiserver_request_total is which kind of request (k8s.io/apiserver endpoints/metrics). */
const verbs: Readonly<Record<string, keyof ApiRequests>> = {
  GET: 'get',
  LIST: 'list',
  WATCH: 'watch',
  WATCHLIST: 'watch',
  POST: 'write',
  PUT: 'write',
  PATCH: 'write',
  APPLY: 'write',
  DELETE: 'write',
  DELETECOLLECTION: 'write',
};

/** More series than any API server has; a label that somebody else may choose must not fill the memory. */
const mostCounted = 50_000;

/**
 * Reads the Prometheus text format line by line, and keeps of it only which deprecated APIs were requested, how often
 * their resources were, and since when the server counts.
 */
export function metricsReader(): TextReader {
  const requests = new Map<string, ApiRequests>();
  const deprecated: Labels[] = [];
  let startedAt: number | undefined;
  let countsRequests = false;
  return {
    line(line) {
      if (line.startsWith('apiserver_request_total{')) {
        countsRequests = true;
        count(requests, labelsOf(line), valueOf(line));
      } else if (line.startsWith('apiserver_requested_deprecated_apis{')) {
        if (valueOf(line) > 0) deprecated.push(labelsOf(line));
      } else if (line.startsWith('process_start_time_seconds ')) startedAt = valueOf(line);
    },
    end(): ApiMetrics {
      const uses = deprecated.map((labels): DeprecatedApiUse => {
        const { group = '', version = '', resource = '', subresource = '', removed_release = '' } = labels;
        const made = requests.get(keyOf(labels)) ?? none();
        return {
          group,
          version,
          resource,
          subresource,
          removedRelease: removed_release,
          ...(countsRequests ? { requests: made } : {}),
        };
      });
      return { ...(startedAt === undefined ? {} : { startedAt }), uses };
    },
  };
}

type Labels = Readonly<Record<string, string>>;

const none = (): ApiRequests => ({ get: 0, list: 0, watch: 0, write: 0 });

const keyOf = ({ group = '', version = '', resource = '', subresource = '' }: Labels): string =>
  [group, version, resource, subresource].join('\n');

function count(requests: Map<string, ApiRequests>, labels: Labels, value: number): void {
  const kind = verbs[labels.verb ?? ''];
  if (kind === undefined || !(value > 0)) return;
  const key = keyOf(labels);
  const counted = requests.get(key) ?? none();
  counted[kind] += value;
  if (requests.size < mostCounted) requests.set(key, counted);
}

/** Labels of a line `name{a="b",c="d"} 1`; \\, \" and \n are escaped in values. */
function labelsOf(line: string): Labels {
  const labels: Record<string, string> = {};
  const end = line.lastIndexOf('}');
  for (const [, name = '', value = ''] of line
    .slice(line.indexOf('{') + 1, end)
    .matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.includes('\\')
      ? value.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one))
      : value;
  }
  return labels;
}

function valueOf(line: string): number {
  const text = line.slice(line.lastIndexOf('}') + 1).trim();
  // Without labels the name comes first; a moment may come last.
  const [value = ''] = (line.includes('}') ? text : text.replace(/^\S+\s+/, '')).split(' ');
  return Number(value);
}
