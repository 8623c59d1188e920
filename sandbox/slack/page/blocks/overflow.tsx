import { useEffect, useRef, useState } from 'preact/hooks';

import { Icon } from '../parts/icon.tsx';
import { PlainText } from '../parts/mrkdwn.tsx';
import type { ControlProps } from './element.tsx';
import { optionsOf } from './options.ts';

/** The "…" menu: arrow keys go through it, Escape closes it and puts the focus back. */
export function Overflow({ element, surface, choose, busy }: ControlProps) {
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const options = optionsOf(element, surface.state);

  useEffect(() => {
    if (!open) return undefined;
    menu.current?.querySelector('button')?.focus();
    const outside = (event: Event): void => {
      if (!menu.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  const close = (): void => {
    setOpen(false);
    opener.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const items = [...(menu.current?.querySelectorAll('button') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? items.length - 1 : 0;
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (step > 0) {
      event.preventDefault();
      items[(at + step) % items.length]?.focus();
    } else if (event.key === 'Tab') setOpen(false);
  };

  return (
    <span class="overflow">
      <button
        ref={opener}
        type="button"
        class="button button-icon"
        aria-label="More actions"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-busy={busy}
        onClick={() => setOpen(!open && !busy)}
      >
        <Icon name="more" />
      </button>
      {open && (
        <div ref={menu} class="menu" role="menu" onKeyDown={onKeyDown}>
          {options.map((option) => (
            <button
              key={option.value}
              type="button"
              role="menuitem"
              onClick={() => {
                close();
                choose(option.value);
              }}
            >
              <PlainText text={option.label} />
              {option.hint !== undefined && <small>{option.hint}</small>}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}
