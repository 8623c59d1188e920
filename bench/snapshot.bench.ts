import { measurePlan } from './large-cluster/measure-plan.ts';

await measurePlan('plan', 'api-server.ts', '5 KB each, as recorded');
