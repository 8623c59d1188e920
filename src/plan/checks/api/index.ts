import type { Check } from '../check.ts';
import { checkDefinitions } from './definitions.ts';
import { checkRemovedInObjects } from './removed-in-objects.ts';
import { checkRemovedInUse } from './removed-in-use.ts';
import { checkWebhooks } from './webhooks.ts';

/** What the upgrade would break in the API, or the API in the upgrade. */
export const apiChecks: readonly Check[] = [
  checkRemovedInUse,
  checkRemovedInObjects,
  checkDefinitions,
  checkWebhooks,
];
