import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NodeName } from '../../../src/domain/names.ts';
import { perform } from '../../../src/node/act.ts';
import { keptOutput } from '../../../src/ports/output-store.ts';
import { createActLog } from '../../../src/run/executor/act-log.ts';
import { realClock, storeApprovedRun } from '../../support/running.ts';
import { runId, sampleStep } from '../../support/sample-plan.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempStore } from '../../support/temp-store.ts';
import { sceneOn } from './support/acts.ts';
import { lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

const megabyte = 1024 * 1024;

/** From a real machine's file into the store, with everything between them. */
describe.skipIf(!hasSshd)('an act that prints 10 MB', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.dispose());

  const line = 'Unpacking kubeadm (1.34.9-1.1) over (1.33.13-1.1) … 100 %';
  const lines = Math.ceil((10 * megabyte) / Buffer.byteLength(`${line}\n`));

  test.each([
    ['at once', 'flood-a', `yes '${line}' | head -n ${lines}`],
    [
      'in bursts',
      'flood-b',
      `for i in 1 2 3 4 5 6 7 8 9 10; do yes '${line}' | head -n ${Math.ceil(lines / 10)}; sleep 0.3; done`,
    ],
  ])('%s is kept with its ends, and holds nothing else up', async (_, name, script) => {
    using scene = sceneOn(sshd);
    const store = tempStore(realClock);
    await storeApprovedRun(store);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    }, 50);
    const { argv, base } = scene.act(`echo first; ${script}; echo last`, { base: `${runId}:${name}` });
    delay.enable();
    await perform(
      scene.host,
      {
        base,
        attempt: 1,
        waitSeconds: 60,
        signal: new AbortController().signal,
        record: (act) =>
          createActLog(
            { store, clock: realClock, log: silentLog },
            {
              ...act,
              run: runId,
              step: sampleStep('upgrade-control-plane', 'cp-1').key,
              attempt: 1,
              beganAt: '2026-11-23T10:00:00.000Z' as never,
            },
          ),
      },
      { argv, purpose: 'printing' },
    );
    delay.disable();
    clearInterval(watch);
    const pieces = await store.output({ base, attempt: 1 });
    const kept = pieces.flatMap((piece) => piece.lines);
    expect(kept[0]).toBe('first');
    expect(kept.at(-1)).toBe('last');
    const size = Buffer.byteLength(kept.join('\n'));
    expect(size).toBeGreaterThan(keptOutput.head);
    expect(size).toBeLessThanOrEqual(keptOutput.head + keptOutput.tail + 16_384);
    const missing = pieces.reduce((sum, { from }, index) => sum + from - (pieces[index - 1]?.to ?? 0), 0);
    const whole = 11 + lines * Buffer.byteLength(`${line}\n`);
    expect(pieces.at(-1)?.to).toBeGreaterThanOrEqual(whole - 200);
    expect(missing).toBeGreaterThan(9 * megabyte);
    console.info(
      `loop held up at most ${Math.round(delay.max / 1e6)} ms, p99 ${Math.round(delay.percentile(99) / 1e6)} ms; ` +
        `heap at most +${Math.round(most / megabyte)} MB; ${pieces.length} rows, ${size} bytes kept`,
    );
    expect(most).toBeLessThan(150 * megabyte);
    expect(delay.max / 1e6).toBeLessThan(5_000);
    expect(await scene.hosts.forgetRun(lab, NodeName.parse(node), runId)).toEqual([]);
  });
});
