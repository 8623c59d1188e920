import { describe, expect, test } from 'vitest';
import { ownWriter, type RestorableContent } from '../../../src/ports/kubernetes.ts';
import { putBack, returnOf } from '../../../src/steps/rollback/put-back.ts';

const of = { kind: 'ConfigMap', namespace: 'kube-system', name: 'coredns' } as const;
const saved = { Corefile: 'saved', version: 'old' };
const present = (content: RestorableContent['content'], writer?: string): RestorableContent => ({
  content,
  resourceVersion: '7',
  ...(writer === undefined ? {} : { writer }),
});
const edited = { Corefile: 'theirs', version: 'new' };
const leastOf = (content: RestorableContent['content']) => ({ ...content, version: 'old' });
const nothing = () => undefined;

describe('what putting an object back comes to', () => {
  test.each([undefined, 'kubeadm', ownWriter, 'kubectl-edit'])('as saved, whoever wrote it: %s', (writer) => {
    expect(returnOf(present(saved, writer), saved, leastOf)).toEqual({ status: 'as-saved' });
  });

  test.each([undefined, 'kubeadm'])(
    'what the upgrade or nobody known wrote goes back whole: %s',
    (writer) => {
      expect(returnOf(present(edited, writer), saved, leastOf)).toEqual({ status: 'put', next: saved });
    },
  );

  test('of what somebody has edited only the least goes back, and nothing twice', () => {
    const back = { Corefile: 'theirs', version: 'old' };
    const by = 'kubectl-edit';
    expect(returnOf(present(edited, by), saved, leastOf)).toEqual({ status: 'edited', by, next: back });
    expect(returnOf(present(back, by), saved, leastOf)).toEqual({ status: 'edited', by });
    expect(returnOf(present(edited, by), saved, nothing)).toEqual({ status: 'edited', by });
  });

  test('the least that the bot itself put back over what somebody had edited is done, not put back whole', () => {
    const back = { Corefile: 'theirs', version: 'old' };
    expect(returnOf(present(back, ownWriter), saved, leastOf)).toEqual({ status: 'as-saved' });
  });

  test('what the bot wrote in another rollback is put back whole', () => {
    expect(returnOf(present(edited, ownWriter), saved, leastOf)).toEqual({ status: 'put', next: saved });
    expect(returnOf(present(edited, ownWriter), saved, nothing)).toEqual({ status: 'put', next: saved });
  });
});

describe('putting an object back', () => {
  /** An object that somebody else writes to, as often as given, just before we do. */
  function changing(conflicts: number) {
    const written: unknown[] = [];
    const asked = { times: 0 };
    return {
      written,
      asked,
      getRestorable: async () => {
        asked.times += 1;
        return { ...present(edited, 'kubeadm'), resourceVersion: String(asked.times) };
      },
      putBack: async (
        _: unknown,
        { resourceVersion, content }: { resourceVersion: string; content: unknown },
      ) => {
        if (asked.times <= conflicts) return false;
        written.push([resourceVersion, content]);
        return true;
      },
    };
  }
  const decide = (now: RestorableContent) => returnOf(now, saved, leastOf);

  test('one that changed meanwhile is looked at anew, and what is written is of the newest look', async () => {
    const kubernetes = changing(3);
    expect(await putBack(kubernetes, of, decide)).toEqual({ status: 'put', next: saved });
    expect(kubernetes.written).toEqual([['4', saved]]);
  });

  test('one that never stands still is given up, and nothing is said to be put back', async () => {
    const kubernetes = changing(Number.POSITIVE_INFINITY);
    await expect(putBack(kubernetes, of, decide)).rejects.toMatchObject({ code: 'kubernetes.unavailable' });
    expect(kubernetes.asked.times).toBeGreaterThan(4);
  });

  test('one that is gone, or as it should be, is not written', async () => {
    const kubernetes = changing(0);
    expect(
      await putBack({ ...kubernetes, getRestorable: async () => undefined }, of, decide),
    ).toBeUndefined();
    const asSaved = { ...kubernetes, getRestorable: async () => present(saved) };
    expect(await putBack(asSaved, of, decide)).toEqual({ status: 'as-saved' });
    expect(kubernetes.written).toEqual([]);
  });
});
