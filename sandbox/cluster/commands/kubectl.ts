import { versionInfo } from '../model/versions.ts';
import type { Program } from '../shell/program.ts';
import { last, readArguments } from './arguments.ts';

/** kubectl on a node: versions only. Everything else goes through the API from outside. */
export const kubectl: Program = async (run) => {
  const args = readArguments(run.args, ['o', 'output', 'kubeconfig', 'n', 'namespace', 'request-timeout']);
  if (args.rest[0] !== 'version') {
    run.err(`error: the sandbox's kubectl on nodes knows "version" alone; use the API from outside\n`);
    return 1;
  }
  const {
    emulationMajor: _a,
    emulationMinor: _b,
    minCompatibilityMajor: _c,
    minCompatibilityMinor: _d,
    ...client
  } = versionInfo(run.machine.packages.binary('kubectl'));
  const serverVersion =
    args.options.has('client') || run.user !== 'root'
      ? undefined
      : versionInfo(run.model.apiVersion(run.machine.name));
  if (last(args, 'o', 'output') === 'json') {
    run.out(
      `${JSON.stringify({ clientVersion: client, kustomizeVersion: 'v5.6.0', ...(serverVersion && { serverVersion }) }, undefined, 2)}\n`,
    );
    return 0;
  }
  run.out(`Client Version: ${client.gitVersion ?? ''}\nKustomize Version: v5.6.0\n`);
  if (serverVersion !== undefined) run.out(`Server Version: ${serverVersion.gitVersion ?? ''}\n`);
  return 0;
};
