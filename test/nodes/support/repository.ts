import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { inject } from 'vitest';
import { buildDeb, control, type StandIn } from './deb.ts';
import { gateway } from './network.ts';
import { run } from './shell.ts';

/** Package repositories laid out like pkgs.k8s.io, one a minor release, served to the nodes and signed. */
export interface Repository {
  /** The line for sources.list.d. */
  sourceLine(minor: string): string;
  /** The public key, for /etc/apt/keyrings. */
  readonly keyring: Buffer;
  readonly keyringPath: string;
  /** Replaces what the repository of a minor offers. `stranger` is a key that nodes do not know. */
  publish(minor: string, packages: readonly StandIn[], key?: Key): Promise<void>;
  /** Where it listens; it also answers who takes it for the proxy of another host. */
  readonly origin: string;
  /** Paths that were asked for since the last call. */
  requests(): string[];
  dispose(): Promise<void>;
}

type Key = 'valid' | 'expired' | 'stranger';

const keyringPath = '/etc/apt/keyrings/kubernetes-apt-keyring.gpg';

export async function startRepository(): Promise<Repository> {
  const home = await mkdtemp(join(inject('scratch'), 'gpg-'));
  const gpg = (...args: string[]) =>
    run('gpg', ['--homedir', home, '--batch', '--quiet', '--no-tty', ...args]);
  const longAgo = '--faked-system-time=20200101T000000!';
  const make = ['--pinentry-mode=loopback', '--passphrase='];
  await gpg(...make, '--quick-gen-key', 'valid', 'ed25519', 'sign', '1y');
  await gpg(...make, longAgo, '--quick-gen-key', 'expired', 'ed25519', 'sign', '1d');
  await gpg(...make, '--quick-gen-key', 'stranger', 'ed25519', 'sign', '1y');
  await gpg('--output', join(home, 'ring.gpg'), '--export', 'valid', 'expired');

  const files = new Map<string, Buffer>();
  let requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').replace(/^http:\/\/[^/]+/, ''));
    requests.push(path);
    const file = files.get(path);
    response.writeHead(file ? 200 : 404, { 'content-length': file?.length ?? 0 });
    response.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, gateway(), resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const pathOf = (minor: string) => `/core:/stable:/v${minor}/deb`;

  const sign = async (release: string, key: Key) => {
    const [plain, signed] = [join(home, 'Release'), join(home, 'InRelease')];
    await writeFile(plain, release);
    await rm(signed, { force: true });
    // Signed while the key was still good, as a repository whose key ran out would be.
    const when = key === 'expired' ? ['--faked-system-time=20200101T010000!'] : [];
    await gpg(...when, ...make, '--local-user', key, '--output', signed, '--clearsign', plain);
    return readFile(signed);
  };

  const origin = `http://${gateway()}:${port}`;
  return {
    origin,
    sourceLine: (minor) => `deb [signed-by=${keyringPath}] ${origin}${pathOf(minor)}/ /\n`,
    keyring: await readFile(join(home, 'ring.gpg')),
    keyringPath,
    async publish(minor, packages, key = 'valid') {
      const at = pathOf(minor);
      for (const path of files.keys()) if (path.startsWith(`${at}/`)) files.delete(path);
      let list = '';
      for (const each of packages) {
        const deb = await buildDeb(each);
        const name = `all/${each.name}_${each.version}_all.deb`;
        files.set(`${at}/${name}`, deb);
        list += `${control(each)}Filename: ${name}\nSize: ${deb.length}\nSHA256: ${sha256(deb)}\n\n`;
      }
      const bytes = Buffer.from(list);
      files.set(`${at}/Packages`, bytes);
      const release = [
        'Origin: kubernetes',
        'Label: kubernetes',
        `Date: ${new Date().toUTCString().replace('GMT', 'UTC')}`,
        'SHA256:',
        ` ${sha256(bytes)} ${bytes.length} Packages`,
        '',
      ].join('\n');
      files.set(`${at}/InRelease`, await sign(release, key));
    },
    requests() {
      const seen = requests;
      requests = [];
      return seen;
    },
    async dispose() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await run('gpgconf', ['--homedir', home, '--kill', 'all']).catch(() => '');
      await rm(home, { recursive: true, force: true });
    },
  };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
