import { crash } from './crash.ts';
import type { Play } from './story.ts';
import { upgrade } from './upgrade.ts';

/** Every play that can be named on the command line. */
export const plays: Readonly<Record<string, Play>> = { upgrade, crash };
