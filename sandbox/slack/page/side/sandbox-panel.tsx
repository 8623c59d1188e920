import { useEffect, useRef, useState } from 'preact/hooks';

import type { PanelParams } from '../../control/panels.ts';
import type { ShownPanel } from '../live/api.ts';
import { api } from '../live/api.ts';
import { openSide } from '../live/navigate.ts';
import type { PageState } from '../live/store.ts';
import { readPanels } from '../live/sync.ts';
import { Icon } from '../parts/icon.tsx';
import { SectionView } from './section.tsx';

/** Panels show a moving picture; this is how often it is taken. */
const everyMs = 1_500;

/** What lies behind the conversation: the simulated world and its faults, whatever they are. */
export function SandboxPanel({ state }: { state: PageState }) {
  const [selected, setSelected] = useState(0);
  const [said, setSaid] = useState('');
  const closer = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    closer.current?.focus();
    const timer = setInterval(() => void readPanels(), everyMs);
    return () => clearInterval(timer);
  }, []);
  const panel = state.panels[selected];
  const act = (name: string, params: PanelParams): void => {
    if (panel === undefined) return;
    api
      .panelAct(panel.title, name, params)
      .then((answer) => setSaid(answer.said))
      .catch((error: unknown) => setSaid(error instanceof Error ? error.message : String(error)))
      .finally(() => void readPanels());
  };
  return (
    <aside
      class="side"
      aria-label="Sandbox"
      onKeyDown={(event) => {
        if (event.key === 'Escape') openSide({ kind: 'none' });
      }}
    >
      <header class="bar">
        <div class="bar-title">
          <h2>Sandbox</h2>
          <span class="bar-topic">what no real workspace would show</span>
        </div>
        <button
          ref={closer}
          type="button"
          class="icon-button"
          aria-label="Close the Sandbox panel"
          onClick={() => openSide({ kind: 'none' })}
        >
          <Icon name="close" />
        </button>
      </header>
      {state.panels.length > 1 && <Tabs panels={state.panels} selected={selected} onSelect={setSelected} />}
      <div class="panel" id="panel" role="tabpanel" aria-label={panel?.title ?? 'Sandbox'}>
        {panel?.sections.map((section, at) => (
          <SectionView key={`${selected}-${at}`} section={section} onAct={act} />
        ))}
        {said !== '' && (
          <p class="panel-said" role="status">
            {said}
          </p>
        )}
      </div>
    </aside>
  );
}

interface TabsProps {
  panels: readonly ShownPanel[];
  selected: number;
  onSelect: (at: number) => void;
}

function Tabs({ panels, selected, onSelect }: TabsProps) {
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? panels.length - 1 : 0;
    if (step === 0) return;
    const next = (selected + step) % panels.length;
    onSelect(next);
    (event.currentTarget as HTMLElement).querySelectorAll('button')[next]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Panels" onKeyDown={move}>
      {panels.map(({ title }, at) => (
        <button
          key={title}
          type="button"
          role="tab"
          aria-selected={at === selected}
          aria-controls="panel"
          tabIndex={at === selected ? 0 : -1}
          onClick={() => onSelect(at)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
