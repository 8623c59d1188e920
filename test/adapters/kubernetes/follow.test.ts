import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { NodeName } from '../../../src/domain/names.ts';
import type { Followed, PodObject } from '../../../src/ports/kubernetes.ts';
import { eventually } from '../../support/eventually.ts';
import { list, pod } from './support/objects.ts';
import { kubernetesAt, testAuthority } from './support/setup.ts';

const w1 = NodeName.parse('w1');

/** Before the clean-up of the set-up takes the kubeconfig away: the clock of these tests lets nobody wait. */
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

/** An API server that lists what a test wants and hands its open watches to the test. */
interface WatchServer {
  readonly url: string;
  items: object[];
  /** What a watch is answered with; undefined leaves it open. */
  refuse: { code: number; json: object } | undefined;
  readonly lists: number;
  /** The query of each watch so far. */
  readonly watched: Readonly<Record<string, string>>[];
  send(type: string, object: object): void;
  raw(text: string): void;
  end(): void;
  cut(): void;
  stop(): Promise<void>;
}

async function watchServer(): Promise<WatchServer> {
  const authority = await testAuthority();
  let open: ServerResponse[] = [];
  let lists = 0;
  const watched: Record<string, string>[] = [];
  const server = https.createServer(await authority.issue(), (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'https://server');
    const query = Object.fromEntries(searchParams);
    if (query.watch !== 'true') {
      lists += 1;
      response.end(JSON.stringify(list('PodList', state.items)));
      return;
    }
    watched.push(query);
    if (state.refuse) {
      response.writeHead(state.refuse.code).end(JSON.stringify(state.refuse.json));
      return;
    }
    response.writeHead(200).flushHeaders();
    open.push(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const each = (act: (response: ServerResponse) => void): void => {
    for (const response of open) act(response);
  };
  const state: WatchServer = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    items: [],
    refuse: undefined,
    get lists() {
      return lists;
    },
    watched,
    send: (type, object) => each((one) => one.write(`${JSON.stringify({ type, object })}\n`)),
    raw: (text) => each((one) => one.write(text)),
    end() {
      each((one) => one.end());
      open = [];
    },
    cut() {
      each((one) => one.destroy());
      open = [];
    },
    async stop() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  onTestFinished(() => state.stop());
  return state;
}

/** The news as they come, in short: `all a b`, `put a`, `gone uid-of-a`, `lost kubernetes.unavailable`. */
async function following(servers: readonly WatchServer[]) {
  const { kubernetes, clock } = await kubernetesAt(servers);
  const over = new AbortController();
  const news: string[] = [];
  const done = (async () => {
    for await (const one of kubernetes.followPods({ node: w1 }, over.signal)) news.push(inShort(one));
  })();
  ends.push(async () => {
    over.abort();
    await done;
  });
  return { news, over, done, clock };
}

function inShort(one: Followed<PodObject>): string {
  if (one.kind === 'all') return ['all', ...one.objects.map(({ name }) => name)].join(' ');
  if (one.kind === 'put') return `put ${one.object.name}${one.object.deletionTimestamp ? ' leaving' : ''}`;
  return one.kind === 'gone' ? `gone ${one.id}` : `lost ${one.failure.code}`;
}

const status410 = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 };
const at = (version: string) => ({ kind: 'Pod', metadata: { resourceVersion: version } });

describe('following pods', () => {
  it('lists, then watches from there with bookmarks and an end', async () => {
    const server = await watchServer();
    server.items = [pod('a'), pod('b')];
    const { news } = await following([server]);
    await eventually(() => server.watched.length === 1);
    expect(server.watched[0]).toEqual({
      fieldSelector: 'spec.nodeName=w1',
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '20',
      resourceVersion: '1000',
    });
    server.send('ADDED', pod('c'));
    server.send('DELETED', pod('a'));
    await eventually(() => news.length === 3);
    expect(news).toEqual(['all a b', 'put c', 'gone uid-of-a']);
  });

  it('takes lines that come in pieces', async () => {
    const server = await watchServer();
    const { news } = await following([server]);
    await eventually(() => server.watched.length === 1);
    const text = `${JSON.stringify({ type: 'ADDED', object: pod('größe') })}\n`;
    server.raw(text.slice(0, 40));
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.raw(`${text.slice(40)}${JSON.stringify({ type: 'DELETED', object: pod('x') })}\n`);
    await eventually(() => news.length === 3);
    expect(news.slice(1)).toEqual(['put größe', 'gone uid-of-x']);
  });

  it('goes on from the last version that it saw when the server ends the watch, without a list', async () => {
    const server = await watchServer();
    const { news } = await following([server]);
    await eventually(() => server.watched.length === 1);
    server.send('MODIFIED', pod('a'));
    server.send('BOOKMARK', at('4711'));
    server.end();
    await eventually(() => server.watched.length === 2);
    expect(server.watched[1]?.resourceVersion).toBe('4711');
    expect(server.lists).toBe(1);
    server.send('ADDED', pod('b'));
    await eventually(() => news.length === 3);
  });

  it.each([
    ['an ERROR in the stream', (server: WatchServer) => server.send('ERROR', status410)],
    ['a connection that is cut', (server: WatchServer) => server.cut()],
    ['a line that is no JSON', (server: WatchServer) => server.raw('<html>\n')],
  ])('lists again after %s', async (_, breakIt) => {
    const server = await watchServer();
    const { news } = await following([server]);
    await eventually(() => server.watched.length === 1);
    server.items = [pod('b')];
    breakIt(server);
    server.end();
    await eventually(() => server.lists === 2 && server.watched.length >= 2);
    expect(news.at(-1)).toBe('all b');
  });

  it('lists again after a 410 for the version that it knows', async () => {
    const server = await watchServer();
    server.refuse = { code: 410, json: status410 };
    await following([server]);
    await eventually(() => server.lists >= 2);
    expect(server.lists).toBeLessThanOrEqual(server.watched.length + 1);
  });

  it('is a list every few seconds where watching is not allowed, and says so', async () => {
    const server = await watchServer();
    const json = { kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403, message: 'no watch' };
    server.refuse = { code: 403, json };
    const { news, clock } = await following([server]);
    await eventually(() => news.length >= 6);
    expect(news.slice(0, 4)).toEqual(['all', 'lost kubernetes.refused', 'all', 'lost kubernetes.refused']);
    // Each time twice as long, up to five seconds.
    expect(clock.slept.slice(0, 2)).toEqual([1_000, 2_000]);
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(5_000);
  });

  it('goes to the next API server when one is gone, and tells everything anew', async () => {
    const [first, second] = [await watchServer(), await watchServer()];
    first.items = [pod('a')];
    second.items = [pod('a'), pod('b')];
    const { news } = await following([first, second]);
    await eventually(() => first.watched.length === 1);
    await first.stop();
    await eventually(() => second.watched.length === 1);
    expect(news.at(-1)).toBe('all a b');
    second.send('DELETED', pod('b'));
    await eventually(() => news.at(-1) === 'gone uid-of-b');
  });

  it('is lost while no API server answers, and back when one does', async () => {
    const server = await watchServer();
    const { news } = await following([server]);
    await eventually(() => server.watched.length === 1);
    await server.stop();
    await eventually(() => news.includes('lost kubernetes.unavailable'));
  });

  it('ends with its signal and leaves no connection open', async () => {
    const server = await watchServer();
    const { over, done } = await following([server]);
    await eventually(() => server.watched.length === 1);
    over.abort();
    await done;
  });

  it('does not take the connections that other calls need', async () => {
    const server = await watchServer();
    const { kubernetes } = await kubernetesAt([server]);
    const over = new AbortController();
    const open = Array.from({ length: 60 }, async () => {
      for await (const one of kubernetes.followPods({ node: w1 }, over.signal)) if (!one) break;
    });
    await eventually(() => server.watched.length === 60);
    expect(await kubernetes.listPods()).toEqual([]);
    over.abort();
    await Promise.all(open);
  });
});
