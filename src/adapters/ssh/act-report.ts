import { stoppedBy } from '../../ports/remote-host.ts';

/** What the machine says of an act, taken from the `act:` lines of act-scripts.ts. */
export type ActReport =
  | { readonly kind: 'running' }
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'unknown'; readonly reason: string }
  /** It was looked for without being started, and has never begun. */
  | { readonly kind: 'none' }
  /** systemd-run did not start it. */
  | { readonly kind: 'not-started'; readonly words: string }
  /** An act of another run still runs there, so this one was not started. */
  | { readonly kind: 'busy'; readonly base: string }
  /** systemd does not answer, or the script itself failed. */
  | { readonly kind: 'untellable'; readonly words: string };

export interface ReportReader {
  push(chunk: Uint8Array): void;
  end(): {
    report: ActReport | undefined;
    /** Everything else that was printed: sudo, systemd-run, the shell. */
    words: string;
  };
}

const reasons: Readonly<Record<string, string>> = {
  rebooted: 'the machine has restarted since it was begun, and it had not ended before',
  shutdown: 'the machine is being shut down or restarted, and it had not ended before',
  gone: 'its unit is gone and nothing is recorded of how it ended (killed, or stopped by hand)',
};

/** @param onFollowed the act was seen to have been started */
export function reportReader(onFollowed: () => void): ReportReader {
  const decoder = new TextDecoder();
  let open = '';
  let report: ActReport | undefined;
  const words: string[] = [];

  const take = (line: string) => {
    const [, word = '', rest = ''] = /^act:([a-z-]+):?(.*)$/.exec(line) ?? [];
    if (word === 'follows') onFollowed();
    else if (word === '') words.push(line);
    else report = reportOf(word, rest, words);
  };

  return {
    push(chunk) {
      const lines = (open + decoder.decode(chunk, { stream: true })).split('\n');
      open = lines.pop() ?? '';
      for (const line of lines) take(line);
    },
    end() {
      if (open !== '') take(open);
      open = '';
      return { report, words: words.slice(-50).join('\n') };
    },
  };
}

function reportOf(word: string, rest: string, words: readonly string[]): ActReport {
  switch (word) {
    case 'running':
      return { kind: 'running' };
    case 'none':
      return { kind: 'none' };
    case 'exited':
      return /^\d+$/.test(rest)
        ? { kind: 'exited', code: Number(rest) }
        : { kind: 'unknown', reason: 'its record of how it ended cannot be read' };
    case 'stopped':
      return { kind: 'unknown', reason: stoppedBy(rest) };
    case 'busy':
      return { kind: 'busy', base: rest };
    case 'not-started':
      return { kind: 'not-started', words: words.join('\n') };
    default: {
      const reason = reasons[word];
      return reason === undefined
        ? { kind: 'untellable', words: words.join('\n') }
        : { kind: 'unknown', reason };
    }
  }
}
