import type { PanelData, PanelParams } from '../../control/panels.ts';
import type { ShownConversation, ShownViews, ShownWorkspace } from '../../control/shown.ts';
import type { ActOutcome } from '../../people/act.ts';
import type { Choice } from '../../people/choose.ts';
import type { CommandOutcome } from '../../people/command.ts';
import type { Answers, SubmitOutcome } from '../../people/submit.ts';
import type { Suggestion } from '../../people/suggest.ts';
import type { Where } from '../../people/surface.ts';

export type ShownPanel = PanelData & { readonly title: string };

export interface ActRequest {
  readonly where: Where;
  readonly actionId: string;
  readonly blockId: string;
  readonly choice?: Choice;
  readonly confirm?: boolean;
}

/** The control API, as the page uses it. Every call says as whom. */
export const api = {
  workspace: (as: string) => ask<ShownWorkspace>('workspace', { as }),
  conversation: (as: string, channel: string) => ask<ShownConversation>('conversation', { as, channel }),
  views: (as: string) => ask<ShownViews>('views', { as }),
  command: (as: string, channel: string, line: string, inThread: boolean) =>
    ask<CommandOutcome>('command', { as, channel, line, inThread }),
  say: (as: string, channel: string, text: string, threadTs: string | undefined) =>
    ask<{ ts: string }>('say', { as, channel, text, ...(threadTs === undefined ? {} : { threadTs }) }),
  act: (as: string, request: ActRequest) => ask<ActOutcome>('act', { as, ...request }),
  submit: (as: string, view: string, answers: Answers) => ask<SubmitOutcome>('submit', { as, view, answers }),
  close: (as: string, view: string) => ask<object>('close', { as, view }),
  home: (as: string) => ask<object>('home', { as }),
  suggest: (as: string, where: Where, blockId: string, actionId: string, value: string) =>
    ask<{ options: Suggestion[] }>('suggest', { as, where, blockId, actionId, value }),
  panels: () => ask<{ panels: ShownPanel[] }>('panels', {}),
  panelAct: (panel: string, name: string, params: PanelParams) =>
    ask<{ said: string }>('panel-act', { panel, name, params }),
};

async function ask<T>(name: string, body: object): Promise<T> {
  const response = await fetch(`/control/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as T & { error?: { message: string } };
  if (!response.ok) throw new Error(answer.error?.message ?? `the workspace answered ${response.status}`);
  return answer;
}
