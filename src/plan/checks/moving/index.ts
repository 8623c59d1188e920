import type { Check } from '../check.ts';
import { checkMovingPods } from './moving-pods.ts';
import { checkOverlappingBudgets } from './overlapping-budgets.ts';
import { checkRoom } from './room.ts';

/** What it means for pods that they are moved. */
export const movingChecks: readonly Check[] = [checkOverlappingBudgets, checkMovingPods, checkRoom];
