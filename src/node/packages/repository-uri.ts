import { MinorVersion } from '../../domain/version.ts';

/**
 * pkgs.k8s.io keeps one repository per minor release, `…/v1.34/deb/`; mirrors keep that part of the path. Add-ons such
 * as CRI-O are published on the same host in the same way, and have release lines of their own.
 */
const releaseLine = /\/v(\d+\.\d+)\/(deb|rpm)(?![^/?#\s"'])/;
const addOn = /cri-o|\/addons:/i;

/** The release line that a repository's URI stands for; undefined for anything that is no Kubernetes repository. */
export function minorOfUri(uri: string): MinorVersion | undefined {
  const match = releaseLine.exec(uri);
  if (match?.[1] === undefined || addOn.test(uri)) return undefined;
  return MinorVersion.safeParse(match[1]).data;
}

/** The URI on another release line; any other URI as it is. */
export function withMinorInUri(uri: string, minor: MinorVersion): string {
  return minorOfUri(uri) === undefined
    ? uri
    : uri.replace(releaseLine, (_, __, kind: string) => `/v${minor}/${kind}`);
}
