import type { Methods } from '../method.ts';
import { appMethods } from './app.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fileMethods } from './files.ts';
import { markMethods } from './marks.ts';
import { peopleMethods } from './people.ts';
import { viewMethods } from './views.ts';

/** Every method this workspace answers; all others are `unknown_method`. */
export const methods: Methods = {
  ...appMethods,
  ...chatMethods,
  ...viewMethods,
  ...conversationMethods,
  ...peopleMethods,
  ...fileMethods,
  ...markMethods,
};
