import { measurePlan } from './large-cluster/measure-plan.ts';

await measurePlan('snapshot', 'api-server.ts', '5 KB each, as recorded');
