import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { CustomCheck } from '../../src/domain/finding-policy.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { rootPath } from '../../src/ports/remote-host.ts';
import { readAlerts } from '../../src/snapshot/alerts.ts';
import { askCustomChecks } from '../../src/snapshot/custom-checks.ts';

const unavailable = new StepFailure('metrics.unavailable', 'Prometheus cannot be asked: no answer.');
const failing: Metrics = { query: () => Promise.reject(unavailable) };
const giving = (...values: number[]): Metrics => ({
  query: async () => values.map((value) => ({ labels: {}, value })),
});

describe('firing alerts', () => {
  it('are one for each name and severity, without those that say nothing', async () => {
    const asked: string[] = [];
    const alert = (alertname: string, labels: Record<string, string> = {}) => ({
      labels: { alertname, alertstate: 'firing', ...labels },
      value: 1,
    });
    const metrics: Metrics = {
      query: async (expression) => {
        asked.push(expression);
        return [
          alert('Watchdog'),
          alert('DiskFull', { severity: 'critical', node: 'w-2', uid: 'x' }),
          alert('DiskFull', { severity: 'critical', node: 'w-1', uid: 'y' }),
          alert('DiskFull', { severity: 'warning', node: 'w-3' }),
          { labels: {}, value: 1 },
        ];
      },
    };
    const choice = { ignoreAlerts: ['Watchdog'], alertSelector: 'cluster="prod-eu"' };
    expect(await readAlerts(metrics, choice)).toEqual({
      alerts: [
        { name: 'DiskFull', severity: 'critical', labels: { node: 'w-2' }, count: 2 },
        { name: 'DiskFull', severity: 'warning', labels: { node: 'w-3' }, count: 1 },
      ],
      gaps: [],
    });
    await readAlerts(metrics, { ignoreAlerts: [] });
    expect(asked).toEqual(['ALERTS{alertstate="firing",cluster="prod-eu"}', 'ALERTS{alertstate="firing"}']);
  });

  it('are a gap where Prometheus cannot be asked', async () => {
    expect(await readAlerts(failing, { ignoreAlerts: [] })).toEqual({
      gaps: [{ what: 'the firing alerts', why: 'Prometheus cannot be asked: no answer' }],
    });
  });
});

describe('checks of one’s own', () => {
  const command = CustomCheck.parse({ name: 'age', command: ['backup-age', '24h'], remedy: 'Run it.' });
  const query = CustomCheck.parse({ name: 'up', promql: 'up', remedy: 'See it.' });
  const host = (code: number, stdout: string) => {
    const asked: (readonly string[])[] = [];
    return {
      asked,
      node: 'cp-1' as never,
      read: async (argv: readonly string[]) => {
        asked.push(argv);
        return { status: 'exited' as const, code, stdout, stderr: '' };
      },
    };
  };

  it('run as they are written, with a kubeconfig, and are fine at 0', async () => {
    const machine = host(0, '');
    expect(await askCustomChecks([command], { host: machine, metrics: undefined })).toEqual([
      { name: 'age', outcome: 'fine', said: '' },
    ]);
    expect(machine.asked).toEqual([
      ['env', `PATH=${rootPath}`, 'KUBECONFIG=/etc/kubernetes/admin.conf', 'backup-age', '24h'],
    ]);
  });

  it.each([
    [giving(1, 2), 'fine', ''],
    [giving(1, 0), 'failed', '1 of 2 samples are 0 or NaN'],
    [giving(), 'failed', 'the query gives no sample'],
    [failing, 'unknown', 'Prometheus cannot be asked: no answer'],
    [undefined, 'unknown', 'no Prometheus is configured for the cluster'],
  ] as const)('as queries hold, fail or are unknown', async (metrics, outcome, said) => {
    expect(await askCustomChecks([query], { host: undefined, metrics })).toEqual([
      { name: 'up', outcome, said },
    ]);
  });

  it('fail with the command’s last words, and are unknown without a machine', async () => {
    expect(
      await askCustomChecks([command], { host: host(1, 'looking\n40 h old\n'), metrics: undefined }),
    ).toEqual([{ name: 'age', outcome: 'failed', said: '40 h old' }]);
    expect(await askCustomChecks([command], { host: undefined, metrics: undefined })).toMatchObject([
      { outcome: 'unknown', said: expect.stringContaining('no control plane') },
    ]);
  });
});
