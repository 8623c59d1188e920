import { managedCertificates } from '../../model/certificate-dates.ts';
import type { Task } from './task.ts';
import { requireRoot } from './upgrade.ts';

const authorities = ['ca', 'etcd-ca', 'front-proxy-ca'] as const;

/** `kubeadm certs check-expiration [-o json]`. */
export async function checkExpiration(task: Task): Promise<void> {
  await requireRoot(task);
  const dates = task.run.machine.certificates;
  if (task.flag('output') === 'json' || task.flag('o') === 'json') {
    const entry = (name: string, date: Date, caName?: string) => ({
      name,
      expirationDate: `${date.toISOString().slice(0, 19)}Z`,
      residualTime: Math.max(0, Math.floor((date.getTime() - Date.now()) / 1_000)),
      externallyManaged: false,
      ...(caName !== undefined && { caName }),
      missing: false,
    });
    const answer = {
      kind: 'CertificateExpirationInfo',
      apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
      certificates: managedCertificates.map(([name, ca]) => entry(name, dates.expiry(name), ca)),
      certificateAuthorities: authorities.map((name) => entry(name, dates.authorities)),
    };
    task.say(JSON.stringify(answer, undefined, 4));
    return;
  }
  task.say(
    '[check-expiration] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...',
  );
  const hint = task.minor >= 34 ? 'upload-config kubeadm' : 'upload-config';
  task.say(
    `[check-expiration] Use 'kubeadm init phase ${hint} --config your-config-file' to re-upload it.\n`,
  );
  rows(task, [
    ['CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'CERTIFICATE AUTHORITY', 'EXTERNALLY MANAGED'],
    ...managedCertificates.map(([name, ca]) => [
      name,
      shown(dates.expiry(name)),
      residual(dates.expiry(name)),
      ca,
      'no',
    ]),
  ]);
  task.say('');
  rows(task, [
    ['CERTIFICATE AUTHORITY', 'EXPIRES', 'RESIDUAL TIME', 'EXTERNALLY MANAGED'],
    ...authorities.map((name) => [name, shown(dates.authorities), residual(dates.authorities), 'no']),
  ]);
}

function shown(date: Date): string {
  const [, month = '', day = '', year = ''] = /^\w+, (\d+) (\w+) (\d+)/.exec(date.toUTCString()) ?? [];
  return `${day} ${month}, ${year} ${date.toISOString().slice(11, 16)} UTC`;
}

function residual(date: Date): string {
  const hours = Math.floor((date.getTime() - Date.now()) / 3_600_000);
  if (hours <= 0) return '<invalid>';
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 730 ? `${days}d` : `${Math.floor(days / 365)}y`;
}

function rows(task: Task, cells: string[][]): void {
  const widths = (cells[0] ?? []).map(
    (_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)) + 3,
  );
  const [head = [], ...body] = cells;
  task.say(
    head
      .map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join(''),
  );
  for (const row of body) {
    task.say(
      row
        .map((cell, column) =>
          column === row.length - 1 ? cell.padEnd(8) : cell.padEnd(widths[column] ?? 0),
        )
        .join(''),
    );
  }
}
