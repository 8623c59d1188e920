import type { Argv } from '../ports/remote-host.ts';
import { type Reader, readText, script } from './command.ts';

/** The whole list is searched on the node: it can be longer than the output of a command may be. */
const missingScript = [
  'present=$(crictl images -o json) || exit',
  'for image do',
  '  case $present in',
  '    *"\\"$image\\""*) ;;',
  '    *) printf "%s\\n" "$image" ;;',
  '  esac',
  'done',
];

/** Which of some images (`registry/name:tag`) the container runtime of a node does not have. */
export async function missingImages(host: Reader, images: readonly string[]): Promise<string[]> {
  const output = await readText(host, script(missingScript, ...images), {
    purpose: 'looking for images',
    timeoutSeconds: 60,
  });
  return output.split('\n').filter((line) => line !== '');
}

const pullScript = ['for image do', '  echo "Pulling $image"', '  crictl pull "$image" || exit', 'done'];

/** Pulls images one after the other; stops at the first that fails. */
export function pullCommand(images: readonly string[]): Argv {
  return script(pullScript, ...images);
}
