import { canaryFails } from './canary-fails.ts';
import { crash } from './crash.ts';
import { doctor } from './doctor.ts';
import { drill } from './drill.ts';
import { hops } from './hops.ts';
import { quarantine } from './quarantine.ts';
import { restore } from './restore.ts';
import { rollback } from './rollback.ts';
import type { Play } from './story.ts';
import { stuckDrain } from './stuck-drain.ts';
import { upgrade } from './upgrade.ts';
import { maintenanceWindow } from './window.ts';

/** Every play that can be named on the command line. */
export const plays: Readonly<Record<string, Play>> = {
  upgrade,
  crash,
  doctor,
  hops,
  'stuck-drain': stuckDrain,
  'canary-fails': canaryFails,
  quarantine,
  window: maintenanceWindow,
  rollback,
  restore,
  drill,
};
