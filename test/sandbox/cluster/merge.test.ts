import { describe, expect, test } from 'vitest';
import { jsonPatch, mergePatch, strategicMerge } from '../../../sandbox/cluster/api/merge.ts';
import {
  matchesFields,
  parseFieldSelector,
  parseLabelSelector,
  selects,
  tolerates,
} from '../../../sandbox/cluster/model/selectors.ts';

describe('strategic merge patch', () => {
  const pod = {
    spec: {
      containers: [
        { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
        { name: 'b', image: 'b:1' },
      ],
      taints: [{ key: 'one' }],
    },
  };

  test('merges containers by name and keeps the others', () => {
    const patched = strategicMerge(pod, {
      spec: { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'b', image: 'b:2' }] },
    }) as unknown as typeof pod;
    expect(patched.spec.containers).toEqual([pod.spec.containers[0], { name: 'b', image: 'b:2' }]);
  });

  test('deletes an element and a field on request, replaces lists that have no key', () => {
    const patched = strategicMerge(pod, {
      spec: { containers: [{ name: 'a', $patch: 'delete' }], taints: [{ key: 'two' }], other: null },
    }) as unknown as typeof pod;
    expect(patched.spec.containers).toEqual([{ name: 'b', image: 'b:1' }]);
    expect(patched.spec.taints).toEqual([{ key: 'two' }]);
  });

  test('leaves what it was given as it was', () => {
    const before = JSON.stringify(pod);
    strategicMerge(pod, { spec: { containers: [{ name: 'a', image: 'x' }] } });
    expect(JSON.stringify(pod)).toBe(before);
  });
});

describe('the other patches', () => {
  test('a merge patch follows the example of RFC 7396', () => {
    const target = {
      title: 'Goodbye!',
      author: { givenName: 'John', familyName: 'Doe' },
      tags: ['example', 'sample'],
      content: 'x',
    };
    const patch = {
      title: 'Hello!',
      phoneNumber: '+01-123-456-7890',
      author: { familyName: null },
      tags: ['example'],
    };
    expect(mergePatch(target, patch)).toEqual({
      title: 'Hello!',
      author: { givenName: 'John' },
      tags: ['example'],
      content: 'x',
      phoneNumber: '+01-123-456-7890',
    });
  });

  test('a JSON patch adds, replaces, removes, moves, and fails on a wrong test or a missing path', () => {
    const document = { metadata: { annotations: { 'a/b': '1' } }, list: [1, 3] };
    expect(
      jsonPatch(document, [
        { op: 'test', path: '/metadata/annotations/a~1b', value: '1' },
        { op: 'remove', path: '/metadata/annotations/a~1b' },
        { op: 'add', path: '/list/1', value: 2 },
        { op: 'add', path: '/list/-', value: 4 },
        { op: 'replace', path: '/list/0', value: 0 },
      ]),
    ).toEqual({ metadata: { annotations: {} }, list: [0, 2, 3, 4] });
    expect(() => jsonPatch(document, [{ op: 'test', path: '/list/0', value: 9 }])).toThrow('test failed');
    expect(() => jsonPatch(document, [{ op: 'remove', path: '/nowhere' }])).toThrow('nonexistent key');
  });
});

describe('selectors', () => {
  test('labels: equality, sets, existence and their negations', () => {
    const labels = { app: 'web', tier: 'front' };
    const matches = (text: string) => selects(parseLabelSelector(text), labels);
    for (const yes of [
      'app=web',
      'app==web,tier=front',
      'app!=db',
      'app in (web, db)',
      'app notin (db)',
      'tier',
      '!other',
      '',
    ]) {
      expect(matches(yes), yes).toBe(true);
    }
    for (const no of ['app=db', 'app notin (web)', '!app', 'other', 'other in (x)'])
      expect(matches(no), no).toBe(false);
    expect(() => parseLabelSelector('a b')).toThrow('unable to parse requirement');
  });

  test('fields: paths into the object, absent ones are empty', () => {
    const pod = { metadata: { name: 'a' }, spec: { nodeName: 'w-01' }, status: { phase: 'Running' } };
    expect(matchesFields(pod, parseFieldSelector('spec.nodeName=w-01,status.phase!=Succeeded'))).toBe(true);
    expect(matchesFields(pod, parseFieldSelector('metadata.name=b'))).toBe(false);
    expect(matchesFields(pod, parseFieldSelector('spec.other='))).toBe(true);
  });

  test('a toleration without a key tolerates everything, one with an effect only that', () => {
    const taint = { key: 'a', value: 'b', effect: 'NoSchedule' as const };
    expect(tolerates([{ operator: 'Exists' }], taint)).toBe(true);
    expect(tolerates([{ key: 'a', operator: 'Equal', value: 'b' }], taint)).toBe(true);
    expect(tolerates([{ key: 'a', operator: 'Exists', effect: 'NoExecute' }], taint)).toBe(false);
    expect(tolerates(undefined, taint)).toBe(false);
  });
});
