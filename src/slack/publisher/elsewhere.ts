import { toMessage } from '../blocks/to-message.ts';
import { text } from '../projection/card.ts';
import { code } from '../text/untrusted.ts';
import type { Shared } from './deps.ts';
import type { Manuscript } from './manuscript.ts';

/**
 * Calls people in another channel of the cluster while the run's own takes nothing: it was archived (incidents' channels are),
 * or the bot was removed from it. Each line that calls people once, as long as the process lives; when the channel takes
 * messages again, everything is told there as well. Buttons belong to the run's own message: here the commands do.
 */
export function createElsewhere({
  deps,
  pacer,
  time,
}: Shared): (current: Manuscript, error: string) => Promise<void> {
  let calledFor = 0;
  return async ({ run, telling, lines }, error) => {
    const line = lines.findLast(({ needed }) => needed);
    if (line === undefined || line.seq <= calledFor) return;
    const message = toMessage(
      {
        sentence: `${run.cluster}: ${line.sentence}`,
        parts: [
          text(line.text),
          text(
            `⚠️ I cannot write to <#${telling.channel}> (${code(error)}), where run ${code(run.id)} of *${run.cluster}* is told, so I say it here. ` +
              `${code(`/k8s-upgrade status ${run.id}`)} shows where it stands; \`retry\`, \`skip\` and \`abort\` work here, too. ` +
              `Invite me there again, and it is told there.`,
          ),
        ],
      },
      { rich: false },
    );
    for (const channel of deps.channelsOf(run.cluster)) {
      if (channel === telling.channel || pacer.postWaitMs(channel, time()) > 0) continue;
      pacer.posted(channel, time());
      const outcome = await deps.messenger.post(channel, message);
      if (outcome.status !== 'posted') continue;
      calledFor = line.seq;
      return;
    }
  };
}
