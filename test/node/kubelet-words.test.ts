import { expect, test } from 'vitest';
import { NodeName } from '../../src/domain/names.ts';
import { kubeletLastWords } from '../../src/node/kubelet.ts';

const saying = (stdout: string) => ({
  node: NodeName.parse('w-01'),
  read: async () => ({ status: 'exited' as const, code: 0, stdout, stderr: '' }),
});

/** journalctl -o cat, of a kubelet that ended every two seconds. */
const round = (words: string) =>
  `Started kubelet.service - kubelet: The Kubernetes Node Agent.
${words}
kubelet.service: Main process exited, code=exited, status=1/FAILURE
kubelet.service: Failed with result 'exit-code'.
kubelet.service: Scheduled restart job, restart counter is at 26.
Stopped kubelet.service - kubelet: The Kubernetes Node Agent.
`;

test('what the kubelet itself said comes before what systemd says of it', async () => {
  const words = 'E1123 13:39:45 run.go:72] "command failed" err="unknown flag: --pod-infra-container-image"';
  expect(await kubeletLastWords(saying(round(words).repeat(3)))).toEqual([words, words, words]);
});

test('of a kubelet that says nothing of an error its last lines are shown', async () => {
  expect(await kubeletLastWords(saying(round('Flag --x has been deprecated')))).toEqual([
    'Flag --x has been deprecated',
  ]);
});

test('of a kubelet that says nothing at all systemd’s words are shown', async () => {
  const [line = ''] = round('').split('\n');
  expect(
    await kubeletLastWords(saying(`${line}\nkubelet.service: Failed with result 'exit-code'.\n`)),
  ).toEqual([line, "kubelet.service: Failed with result 'exit-code'."]);
});
