import { Blocks } from '../blocks/block.tsx';
import type { PageState } from '../live/store.ts';
import { Icon } from '../parts/icon.tsx';

/** The app's Home tab, as the app published it for the person one acts as. */
export function Home({ state }: { state: PageState }) {
  const { workspace, views } = state;
  const home = views.home;
  return (
    <section class="conversation" aria-label="Home">
      <header class="bar">
        <div class="bar-title">
          <h1>{workspace?.app.name}</h1>
          <span class="tag">app</span>
          <span class="bar-topic">Home</span>
        </div>
      </header>
      <div class="home" tabIndex={0} role="region" aria-label="Home tab">
        {home === undefined ? (
          <p class="empty">
            {workspace?.app.home === true
              ? 'The app has not published a Home tab for you yet.'
              : 'The app has no Home tab.'}
          </p>
        ) : (
          <Blocks
            blocks={home.blocks}
            surface={{ state, where: { kind: 'home' }, values: home.values, errors: home.errors }}
          />
        )}
        {home?.warning !== undefined && (
          <p class="warning" role="alert">
            <Icon name="alert" />
            {home.warning}
          </p>
        )}
      </div>
    </section>
  );
}
