import type { NodeFiles } from './files.ts';

/** What is in /run once systemd and containerd are up. */
export async function makeRunDirectory(files: NodeFiles): Promise<void> {
  await files.mkdir('/run/systemd/system', { recursive: true });
  await files.put('/run/containerd/containerd.sock', '');
}
