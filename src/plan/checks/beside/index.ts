import type { Check } from '../check.ts';
import { checkAlerts } from './alerts.ts';
import { checkCloudControllerSkew, checkProxySkew } from './component-skew.ts';
import { checkCoreDns } from './coredns.ts';
import { checkCustomChecks } from './custom-checks.ts';
import { checkNetworkPlugin } from './network.ts';

/** What stands beside the cluster's own components: add-ons, alerts, checks of the configuration's own. */
export const besideChecks: readonly Check[] = [
  checkProxySkew,
  checkCloudControllerSkew,
  checkCoreDns,
  checkNetworkPlugin,
  checkAlerts,
  checkCustomChecks,
];
