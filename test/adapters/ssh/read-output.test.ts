import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NodeName } from '../../../src/domain/names.ts';
import type { OnOutput } from '../../../src/ports/remote-host.ts';
import { eventually } from '../../support/eventually.ts';
import { type Scene, sceneOn } from './support/acts.ts';
import { lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

describe.skipIf(!hasSshd)('an output that is only looked at', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.dispose());

  async function look(scene: Scene, base: string, from = 0, attempt = 1) {
    const lines: string[] = [];
    const places: { attempt: number; from: number; ends: readonly number[] }[] = [];
    const onOutput: OnOutput = (some, place) => {
      lines.push(...some);
      places.push(place);
    };
    const state = await scene.hosts.readOutput(lab, NodeName.parse(node), { base, attempt }, from, onOutput);
    return { state, lines, places };
  }

  test.concurrent('of one that runs: its whole lines, and nothing is begun or ended by it', async () => {
    using scene = sceneOn(sshd);
    const act = scene.patient();
    const following = scene.host.act(act);
    await scene.begun();
    const seen = await eventually(async () => {
      const found = await look(scene, act.base);
      return found.lines.length > 0 ? found : undefined;
    }, 'its first line');
    expect(seen).toEqual({
      state: { status: 'running' },
      lines: ['begun'],
      places: [{ attempt: 1, from: 0, ends: [6] }],
    });
    await scene.letGo();
    await following;
    expect(await look(scene, act.base, 6)).toMatchObject({
      state: { status: 'exited', code: 5 },
      lines: ['ended'],
    });
    expect(await scene.timesRun()).toBe(1);
  });

  test.concurrent('of one that has ended without a line feed: its last words, too', async () => {
    using scene = sceneOn(sshd);
    const act = scene.act('printf "grüße\\nno end"; exit 3');
    await scene.host.act(act);
    expect(await look(scene, act.base)).toMatchObject({
      state: { status: 'exited', code: 3 },
      lines: ['grüße', 'no end'],
    });
    expect(await look(scene, act.base, 14)).toMatchObject({
      state: { status: 'exited', code: 3 },
      lines: [],
    });
  });

  test.concurrent('of a later attempt that follows an earlier one: under the number that it runs by', async () => {
    using scene = sceneOn(sshd);
    const first = scene.host.act(scene.patient());
    await scene.begun();
    const second = scene.host.act(scene.patient({ attempt: 2 }));
    const places = await eventually(async () => {
      const found = await look(scene, scene.base(), 0, 2);
      return found.places.length > 0 ? found.places : undefined;
    }, 'its first line');
    expect(places[0]?.attempt).toBe(1);
    await scene.letGo();
    await Promise.all([first, second]);
  });

  test.concurrent('of one that never was: nothing, and nothing is left there by looking', async () => {
    using scene = sceneOn(sshd);
    expect(await look(scene, 'abc234:nothing')).toEqual({ state: { status: 'none' }, lines: [], places: [] });
    expect((await scene.host.read(['ls', sshd.state])).stdout).not.toContain('abc234:nothing');
    expect(await scene.timesRun()).toBe(0);
  });
});
