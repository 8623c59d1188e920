import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Handler, status } from './support/api-server.ts';
import { list, node } from './support/objects.ts';
import { apiServers, kubeconfigFile, kubernetesAt } from './support/setup.ts';

const ok: Handler = () => ({ code: 200, json: list('NodeList', [node('cp-1')]) });
const authorisation = (server: { requests: readonly { headers: Record<string, unknown> }[] } | undefined) =>
  server?.requests.map(({ headers }) => headers.authorization);

describe('the kubeconfig', () => {
  it('takes up a token that was renewed on disk after the old one was turned away', async () => {
    const [server] = await apiServers((request) =>
      request.headers.authorization === 'Bearer second-token'
        ? ok(request)
        : status(401, 'Unauthorized', 'Unauthorized'),
    );
    if (!server) throw new Error('one server was started');
    const file = await kubeconfigFile({ server: server.url });
    const renewed = await kubeconfigFile({ server: server.url, user: { token: 'second-token' } });
    const { kubernetes, clock } = await kubernetesAt([server], { kubeconfig: file });
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (ms) => {
      const { readFile } = await import('node:fs/promises');
      await writeFile(file, await readFile(renewed));
      await sleep(ms);
    };
    expect(await kubernetes.listNodes()).toHaveLength(1);
    expect(authorisation(server)).toEqual(['Bearer first-token', 'Bearer second-token']);
  });

  it('is read anew every minute', async () => {
    const [server] = await apiServers(ok);
    if (!server) throw new Error('one server was started');
    const file = await kubeconfigFile({ server: server.url });
    const { kubernetes, clock } = await kubernetesAt([server], { kubeconfig: file });
    await kubernetes.listNodes();
    const { readFile } = await import('node:fs/promises');
    await writeFile(
      file,
      await readFile(await kubeconfigFile({ server: server.url, user: { token: 'later' } })),
    );
    await kubernetes.listNodes();
    clock.advance(61_000);
    await kubernetes.listNodes();
    expect(authorisation(server)).toEqual(['Bearer first-token', 'Bearer first-token', 'Bearer later']);
  });

  it.each([
    ['is not there', { kubeconfig: '/nowhere/kubeconfig' }, /ENOENT/],
    ['is not YAML', { text: 'clusters: [}' }, /kubeconfig cannot be used/],
    ['sends credentials in the clear', { server: 'http://127.0.0.1:8080' }, /only sent over https/],
    ['has no current context', { text: '{"apiVersion":"v1","kind":"Config"}' }, /no current context/],
  ])('that %s is refused with the reason', async (_, how: Record<string, string>, reason) => {
    const kubeconfig = how.kubeconfig ?? (await kubeconfigFile({ server: 'https://127.0.0.1:1', ...how }));
    const { kubernetes } = await kubernetesAt([], { kubeconfig });
    const failure = await kubernetes.listNodes().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'kubernetes.refused', message: expect.stringMatching(reason) });
    expect(failure).toMatchObject({ facts: { kubeconfig } });
  });

  it('never lets its token into a failure or a log line', async () => {
    const [server] = await apiServers(() => 'cut');
    if (!server) throw new Error('one server was started');
    const kubeconfig = await kubeconfigFile({ server: server.url, user: { token: 'very-secret\nx' } });
    const { kubernetes, log } = await kubernetesAt([server], { kubeconfig });
    const failure = await kubernetes.listNodes().catch((error: unknown) => error);
    expect(JSON.stringify([failure, String(failure), log.lines])).not.toContain('very-secret');
    expect(failure).toMatchObject({ code: 'kubernetes.refused' });
  });
});
