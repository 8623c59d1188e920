/** How many series a busy API server has; most are buckets of histograms, which nobody here wants. */
const series = 120_000;
const verbs = ['GET', 'LIST', 'WATCH', 'PATCH', 'POST', 'PUT', 'DELETE'];

/** The text of /metrics of an API server of a large cluster, some 20 MB, without any use of a deprecated API. */
export function busyMetrics(): string {
  const lines: string[] = [];
  for (let index = 0; index < series; index += 1) {
    const labels = `group="g${index % 40}.example.com",resource="r${index % 300}",scope="namespace",subresource="",verb="${verbs[index % verbs.length]}",version="v1"`;
    lines.push(
      index % 20 === 0
        ? `apiserver_request_total{code="200",component="apiserver",dry_run="",${labels}} ${index}`
        : `apiserver_request_duration_seconds_bucket{component="apiserver",dry_run="",${labels},le="${index % 60}"} ${index}`,
    );
  }
  return [...lines, 'process_start_time_seconds 1.78e+09', ''].join('\n');
}
