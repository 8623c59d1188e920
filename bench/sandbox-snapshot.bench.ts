import { measurePlan } from './large-cluster/measure-plan.ts';

await measurePlan('sandbox-snapshot', 'sandbox-api-server.ts', "the sandbox's");
