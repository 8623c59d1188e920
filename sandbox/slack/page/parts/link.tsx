import type { ComponentChildren } from 'preact';

import { openMessage } from '../live/navigate.ts';

/** A link; permalinks of this workspace open in the page itself. */
export function Link({ url, children }: { url: string; children: ComponentChildren }) {
  const inside = permalink(url);
  if (inside === undefined) {
    return (
      <a href={url} target="_blank" rel="noreferrer noopener">
        {children}
      </a>
    );
  }
  return (
    <a
      href={url}
      onClick={(event) => {
        event.preventDefault();
        void openMessage(inside.channel, inside.ts, inside.thread);
      }}
    >
      {children}
    </a>
  );
}

interface Permalink {
  readonly channel: string;
  readonly ts: string;
  readonly thread: string | undefined;
}

function permalink(url: string): Permalink | undefined {
  if (!URL.canParse(url)) return undefined;
  const { origin, pathname, searchParams } = new URL(url);
  const found = /^\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})$/.exec(pathname);
  if (origin !== window.location.origin || found?.[1] === undefined) return undefined;
  return {
    channel: found[1],
    ts: `${found[2]}.${found[3]}`,
    thread: searchParams.get('thread_ts') ?? undefined,
  };
}
