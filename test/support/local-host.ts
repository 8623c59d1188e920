import { spawn } from 'node:child_process';
import { NodeName } from '../../src/domain/names.ts';
import type { Argv, RemoteHost } from '../../src/ports/remote-host.ts';

/** This machine as a node that is only read from: real shells and real tools instead of simulated ones. */
export function localHost(environment: Record<string, string> = {}): Pick<RemoteHost, 'node' | 'read'> {
  return {
    node: NodeName.parse('localhost'),
    async read([program, ...args]: Argv, options = {}) {
      const child = spawn(program, args, { env: { ...process.env, ...environment } });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      // A program that does not read may be gone before it is written to.
      child.stdin.on('error', () => undefined);
      child.stdin.end(options.stdin ?? '');
      const code = await new Promise<number>((resolve, reject) => {
        child.once('error', reject).once('close', (status) => resolve(status ?? 255));
      });
      return { status: 'exited', code, stdout, stderr };
    },
  };
}
