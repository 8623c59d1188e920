import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { run } from './shell.ts';

/** A small package that stands in for a real one. */
export interface StandIn {
  readonly name: string;
  /** With revision: `1.34.9-1.1`. */
  readonly version: string;
  /** Files by path, all executable. */
  readonly files?: Readonly<Record<string, string>>;
  readonly postinst?: string;
  /** Which of the files are people's to change. */
  readonly conffiles?: readonly string[];
}

/** kubeadm, kubelet and kubectl of a version, as far as packages and versions are concerned. */
export function kubernetesPackages(version: string, revision = '1.1'): StandIn[] {
  const prints: Record<string, string> = {
    kubeadm: `#!/bin/sh\necho v${version}\n`,
    kubelet: `#!/bin/sh\necho Kubernetes v${version}\n`,
    kubectl: `#!/bin/sh\necho Client Version: v${version}\n`,
  };
  return Object.entries(prints).map(([name, program]) => ({
    name,
    version: `${version}-${revision}`,
    files: { [`usr/bin/${name}`]: program },
  }));
}

/** Builds the package; gives the file's bytes. */
export async function buildDeb(what: StandIn): Promise<Buffer> {
  const directory = await mkdtemp(join(inject('scratch'), 'deb-'));
  try {
    const put = async (path: string, content: string, mode = 0o755) => {
      const file = join(directory, 'tree', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      await chmod(file, mode);
    };
    await put('DEBIAN/control', control(what), 0o644);
    if (what.postinst !== undefined) await put('DEBIAN/postinst', `#!/bin/sh\n${what.postinst}\n`);
    const conffiles = (what.conffiles ?? []).map((path) => `/${path}\n`).join('');
    if (conffiles !== '') await put('DEBIAN/conffiles', conffiles, 0o644);
    for (const [path, content] of Object.entries(what.files ?? {})) await put(path, content);
    await run('dpkg-deb', ['--root-owner-group', '--build', join(directory, 'tree'), join(directory, 'deb')]);
    return await readFile(join(directory, 'deb'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The control file; also what a repository's list says of the package. */
export function control({ name, version }: StandIn): string {
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: all',
    'Maintainer: nobody <nobody@example.invalid>',
    `Description: stands in for ${name}`,
    '',
  ].join('\n');
}
