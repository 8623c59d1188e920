import { measurePlan } from './large-cluster/measure-plan.ts';

await measurePlan('plan in the sandbox', 'sandbox-api-server.ts', "the sandbox's");
