import type { ShownPerson } from '../../control/shown.ts';
import { Icon } from './icon.tsx';

/** A person's initial on a colour of their own; the app has its sign. */
export function Avatar({ person, small = false }: { person: ShownPerson | undefined; small?: boolean }) {
  const name = person?.handle ?? '?';
  const kind =
    person?.kind === 'bot' ? (person.id === 'USLACKBOT' ? 'system' : 'app') : `hue-${person?.hue ?? 0}`;
  return (
    <span class={`avatar avatar-${kind} ${small ? 'avatar-small' : ''}`} aria-hidden="true">
      {kind === 'app' ? (
        <Icon name="upgrade" />
      ) : kind === 'system' ? (
        <Icon name="alert" />
      ) : (
        name.charAt(0).toUpperCase()
      )}
    </span>
  );
}
