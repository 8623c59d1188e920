import { expect } from 'vitest';
import type { RemoteHosts } from '../../../src/adapters/ssh/remote-hosts.ts';
import { InstallKubelet } from '../../../src/domain/step.ts';
import type { StepFacts } from '../../../src/ports/step-handler.ts';
import { installKubelet } from '../../../src/steps/install-packages.ts';
import { attempt } from './attempt.ts';
import type { LabNode } from './node.ts';
import { until } from './shell.ts';

/** What a package runs on its installation, so that there is a middle of it to be cut in. */
export const slowInstallation = 'until [ -e /root/slow-done ]; do sleep 0.2; done';

/**
 * Cuts the power of a machine in the middle of installing kubelet 1.34.9, a package with a slow installation, and turns it
 * on again.
 * @param running a part of the command line by which that installation is known
 * @returns makes the next attempt, from its look to what it verified
 */
export async function cutInstallation(
  node: LabNode,
  hosts: RemoteHosts,
  running: string,
): Promise<() => Promise<StepFacts>> {
  await node.sh('rm -f /root/slow-done');
  const handler = installKubelet({ remoteHostOf: hosts.hostOf });
  const step = InstallKubelet.parse({
    kind: 'install-kubelet',
    key: `v1.34.9/${node.name}/install-kubelet`,
    input: { node: node.name, version: 'v1.34.9' },
  });
  expect(await handler.observe(step, attempt(1))).toEqual({ status: 'to-do' });
  const cut = handler.act(step, attempt(1)).catch((error: unknown) => error);
  await until(`${running} to run`, () => node.sh(`pgrep -f ${running}`), { withinMs: 60_000 });
  await node.sh('sync');
  await node.powerOff();
  await node.powerOn();
  expect(await cut).toMatchObject({ code: 'command.outcome-unknown', retry: 'transient' });
  return async () => {
    await node.sh('touch /root/slow-done');
    expect(await handler.observe(step, attempt(2))).toEqual({ status: 'to-do' });
    await handler.act(step, attempt(2));
    return handler.verify(step, attempt(2));
  };
}
