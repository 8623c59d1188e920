import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../src/domain/failure.ts';
import { NodeName } from '../../../src/domain/names.ts';
import { type Handler, status } from './support/api-server.ts';
import { createAuthority } from './support/certificates.ts';
import { list, node } from './support/objects.ts';
import { apiServers, kubernetesAt, oddApiServer } from './support/setup.ts';

const ok: Handler = () => ({ code: 200, json: list('NodeList', [node('cp-1')]) });
const failureOf = (work: Promise<unknown>): Promise<StepFailure> =>
  work.then(
    () => expect.fail('it went well'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(StepFailure);
      return error as StepFailure;
    },
  );

describe('going from one API server to the next', () => {
  it.each<[string, Handler]>([
    ['dies in the middle of its answer', () => 'cut-midway'],
    ['closes the connection', () => 'cut'],
    ['does not answer in time', () => 'hang'],
    ['is in trouble itself', () => status(500, 'InternalError', 'etcdserver: request timed out')],
    ['is not ready', () => ({ code: 503, text: 'no healthy upstream' })],
    ['is a web page', () => ({ code: 200, text: '<html>It works</html>' })],
    ['answers JSON of another kind', () => ({ code: 200, json: 'hello' })],
  ])('asks the next one at once when the first %s', async (_, broken) => {
    const servers = await apiServers(broken, ok);
    const { kubernetes, clock, log } = await kubernetesAt(servers, { timeoutSeconds: 1 });
    expect((await kubernetes.listNodes()).map(({ name }) => name)).toEqual(['cp-1']);
    expect(clock.slept).toEqual([]);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { endpoint: servers[0]?.url } }]);
  });

  it('leaves an endpoint alone that failed, and comes back to the preferred one later', async () => {
    const [first, second] = await apiServers(() => 'cut', ok);
    if (!first || !second) throw new Error('two servers were started');
    const { kubernetes, clock } = await kubernetesAt([first, second]);
    await kubernetes.listNodes();
    await kubernetes.listNodes();
    expect(first.requests).toHaveLength(1);
    expect(second.requests).toHaveLength(2);
    first.answerWith(ok);
    clock.advance(16_000);
    await kubernetes.listNodes();
    await kubernetes.listNodes();
    expect(first.requests).toHaveLength(3);
    expect(second.requests).toHaveLength(2);
  });

  it('lets one call try out the preferred endpoint while the others stay', async () => {
    const [first, second] = await apiServers(() => 'cut', ok);
    if (!first || !second) throw new Error('two servers were started');
    const { kubernetes, clock } = await kubernetesAt([first, second], { timeoutSeconds: 1 });
    await kubernetes.listNodes();
    first.answerWith(() => 'hang');
    clock.advance(16_000);
    await Promise.all([kubernetes.listNodes(), kubernetes.listNodes(), kubernetes.listNodes()]);
    expect(first.requests).toHaveLength(2);
  });

  it('asks an endpoint that it avoids when there is no other', async () => {
    const [only] = await apiServers(() => 'cut');
    if (!only) throw new Error('one server was started');
    const { kubernetes } = await kubernetesAt([only]);
    await failureOf(kubernetes.listNodes());
    only.answerWith(ok);
    expect(await kubernetes.listNodes()).toHaveLength(1);
  });

  it('says which endpoints were tried when none answers', async () => {
    const servers = await apiServers(() => 'cut', ok);
    await servers[1]?.stop();
    const { kubernetes } = await kubernetesAt(servers);
    const failure = await failureOf(kubernetes.listNodes());
    expect(failure.code).toBe('kubernetes.unavailable');
    expect(failure.message).toContain('Could not list nodes at');
    expect(Object.keys(failure.facts)).toEqual(servers.map(({ url }) => url));
  });

  it('bounds an answer that trickles', async () => {
    const servers = await apiServers(() => 'trickle');
    const { kubernetes } = await kubernetesAt(servers, { timeoutSeconds: 1 });
    const before = performance.now();
    const failure = await failureOf(kubernetes.listNodes());
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(failure.message).toContain('no answer within 1 s');
    expect(failure.retry).toBe('transient');
  });

  it('keeps its connections', async () => {
    const [server] = await apiServers(ok);
    if (!server) throw new Error('one server was started');
    const { kubernetes } = await kubernetesAt([server]);
    for (let call = 0; call < 10; call += 1) await kubernetes.listNodes();
    expect(server.connections()).toBe(1);
  });

  it('uses no connection again that was open when a call failed', async () => {
    const [server] = await apiServers(ok);
    if (!server) throw new Error('one server was started');
    const { kubernetes } = await kubernetesAt([server], { timeoutSeconds: 1 });
    await Promise.all([kubernetes.listNodes(), kubernetes.listNodes(), kubernetes.listNodes()]);
    const open = server.connections();
    server.answerWith(() => 'hang');
    await failureOf(kubernetes.listNodes());
    server.answerWith(ok);
    await kubernetes.listNodes();
    expect(server.connections()).toBe(open + 1);
  });

  it('does not take an idle connection that the server closed for a failure', async () => {
    let calls = 0;
    const [server] = await apiServers((request) => {
      calls += 1;
      return calls === 2 ? 'cut' : ok(request);
    });
    if (!server) throw new Error('one server was started');
    const { kubernetes, log } = await kubernetesAt([server]);
    await kubernetes.listNodes();
    expect(await kubernetes.listNodes()).toHaveLength(1);
    expect(log.lines).toEqual([]);
  });

  it('asks every endpoint for its version, and leaves out those that do not answer', async () => {
    const version =
      (gitVersion: string): Handler =>
      () => ({ code: 200, json: { major: '1', gitVersion } });
    const servers = await apiServers(
      version('v1.34.9'),
      version('v1.33.13'),
      () => 'cut',
      version('v1.33.1+k3s1'),
    );
    const { kubernetes } = await kubernetesAt(servers);
    expect(await kubernetes.serverVersions()).toEqual({
      [servers[0]?.url ?? '']: 'v1.34.9',
      [servers[1]?.url ?? '']: 'v1.33.13',
    });
  });
});

describe('being refused', () => {
  it('does not talk to a server whose certificate another authority has signed', async () => {
    const servers = await apiServers(ok);
    const stranger = await createAuthority('stranger');
    const { kubernetes } = await kubernetesAt(servers, { ca: stranger.certificate });
    const failure = await failureOf(kubernetes.listNodes());
    expect(failure.code).toBe('kubernetes.refused');
    expect(failure.message).toContain('certificate is not trusted');
    expect(servers[0]?.requests).toEqual([]);
  });

  it.each([
    ['has expired', { expired: true }],
    ['is for another name', { names: ['10.9.9.9'] }],
  ])('does not talk to a server whose certificate %s', async (_, certificate) => {
    const server = await oddApiServer(ok, certificate);
    const { kubernetes } = await kubernetesAt([server]);
    const failure = await failureOf(kubernetes.listNodes());
    expect(failure.code).toBe('kubernetes.refused');
    expect(server.requests).toEqual([]);
  });

  it('gives the reason that the server gave', async () => {
    const message = 'nodes is forbidden: User "bot" cannot list resource "nodes"';
    const servers = await apiServers(() => status(403, 'Forbidden', message));
    const { kubernetes } = await kubernetesAt(servers);
    const failure = await failureOf(kubernetes.listNodes());
    expect(failure.code).toBe('kubernetes.refused');
    expect(failure.message).toContain(message);
    expect(failure.facts).toEqual({ code: '403', reason: 'Forbidden' });
  });

  it('gives an API server that has just started a second chance to know whom it talks to', async () => {
    let calls = 0;
    const servers = await apiServers((request) => {
      calls += 1;
      return calls === 1 ? status(403, 'Forbidden', 'RBAC: clusterrole not found') : ok(request);
    });
    const { kubernetes, clock } = await kubernetesAt(servers);
    expect(await kubernetes.listNodes()).toHaveLength(1);
    expect(clock.slept).toEqual([2_000]);
  });

  it('waits as long as a busy API server asks for', async () => {
    let calls = 0;
    const servers = await apiServers((request) => {
      calls += 1;
      const busy = {
        code: 429,
        text: 'Too many requests, please try again later.',
        headers: { 'retry-after': '3' },
      };
      return calls < 3 ? busy : ok(request);
    });
    const { kubernetes, clock } = await kubernetesAt(servers);
    expect(await kubernetes.listNodes()).toHaveLength(1);
    expect(clock.slept).toEqual([3_000, 3_000]);
  });

  it('does not believe a 404 that no API server has said', async () => {
    const servers = await apiServers(() => ({ code: 404, json: { error: 'no such route' } }));
    const { kubernetes } = await kubernetesAt(servers);
    const failure = await failureOf(kubernetes.getNode(NodeName.parse('cp-1')));
    expect(failure.code).toBe('kubernetes.refused');
  });

  it.each([
    ['an empty object', {}],
    ['a list of something else', { kind: 'List', metadata: {}, items: [{ metadata: { name: 'x' } }] }],
  ])('does not take %s for a list of nodes', async (_, json) => {
    const servers = await apiServers(() => ({ code: 200, json }));
    const { kubernetes } = await kubernetesAt(servers);
    const failure = await failureOf(kubernetes.listNodes());
    expect(failure.code).toBe('kubernetes.unavailable');
    expect(failure.facts.problem).toMatch(/metadata|items/);
  });
});
