import { StepFailure } from '../../domain/failure.ts';
import type { MinorVersion } from '../../domain/version.ts';
import type { PackageHost } from './package-manager.ts';
import type { SourceFile } from './package-state.ts';
import { withMinor } from './repository-text.ts';

/**
 * Writes back the repository files that are not on the release line yet; gives their paths. Throws
 * `packages.repository-not-found` for a machine that has no Kubernetes repository at all.
 */
export async function switchSources(
  host: PackageHost,
  sources: readonly SourceFile[],
  minor: MinorVersion,
): Promise<string[]> {
  if (sources.length === 0) throw noRepository(host);
  const changed: string[] = [];
  for (const { path, mode, content } of sources) {
    const wanted = withMinor(path, content, minor);
    if (wanted === content) continue;
    await host.writeFile(path, wanted, mode.padStart(4, '0'));
    changed.push(path);
  }
  return changed;
}

function noRepository(host: PackageHost): StepFailure {
  return new StepFailure(
    'packages.repository-not-found',
    `${host.node} has no package repository of Kubernetes: no source with a path like /v1.34/deb or /v1.34/rpm.`,
    { facts: { node: host.node } },
  );
}
