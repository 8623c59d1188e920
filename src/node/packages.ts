import { debianPackages } from './packages/debian.ts';
import type { PackageHost, PackageManager } from './packages/package-manager.ts';
import type { PackageState } from './packages/package-state.ts';
import { rhelPackages } from './packages/rhel.ts';

export type { Offer, PackageHost, PackageManager, PackageSpec } from './packages/package-manager.ts';

/** The package manager of a machine whose state was read. */
export function packageManager(host: PackageHost, state: PackageState): PackageManager {
  return state.os.family === 'debian' ? debianPackages(host, state) : rhelPackages(host, state);
}
