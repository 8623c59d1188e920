import type { WorkspaceSettings } from '../options.ts';
import type { AppProfile } from './app.ts';
import { appProfile } from './app.ts';
import { Changes } from './changes.ts';
import { Directory } from './directory.ts';
import { Faults } from './faults.ts';
import { Files } from './files.ts';
import { secret } from './ids.ts';
import { Messages } from './messages.ts';
import type { Clock } from './model.ts';
import { Notices } from './notices.ts';
import { ResponseUrls } from './response-urls.ts';
import { seed } from './seed.ts';
import { Triggers } from './triggers.ts';
import { Views } from './views.ts';

export interface Credentials {
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** The old verification token that Slack still puts into payloads. */
  readonly verification: string;
}

/** Everything that a workspace knows. Those who use it ask for the parts they need. */
export interface WorkspaceState {
  readonly app: AppProfile;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly directory: Directory;
  readonly messages: Messages;
  readonly views: Views;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly notices: Notices;
  readonly files: Files;
  readonly faults: Faults;
}

export function createState(settings: WorkspaceSettings): WorkspaceState {
  const { clock } = settings;
  const changes = new Changes();
  const app = appProfile('A00K8SUPGR', settings.appManifest);
  return {
    app,
    credentials: {
      botToken: `xoxb-${secret(8)}-${secret(12)}`,
      appToken: `xapp-1-${app.id}-${secret(12)}`,
      signingSecret: secret(16),
      verification: secret(12),
    },
    clock,
    changes,
    directory: new Directory(seed(settings, app), clock, changes),
    messages: new Messages(clock, changes),
    views: new Views(changes),
    triggers: new Triggers(clock),
    responseUrls: new ResponseUrls(clock),
    notices: new Notices(clock, changes),
    files: new Files(),
    faults: new Faults(changes),
  };
}
