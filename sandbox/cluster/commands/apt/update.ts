import { repositoryUrl } from '../../model/packages.ts';
import type { Invocation } from '../../shell/program.ts';
import type { Arguments } from '../arguments.ts';
import { isPrivate, minorsOf, option, placesOf, quietness } from './configuration.ts';

const keyId = '234654DA9A296436';

/** apt-get update: fetches the lists of what the sources name. */
export async function update(run: Invocation, args: Arguments): Promise<number> {
  const { machine, model } = run;
  const places = await placesOf(run, args);
  const minors = minorsOf(places);
  const known = machine.packages.listsIn(places.lists);
  const quiet = quietness(args) >= 2;
  const say = (text: string) => {
    if (!quiet) run.out(text);
  };
  await model.clock.sleep(2_500, run.signal);
  if (machine.files.full) {
    run.err(
      'E: Write error - write (28: No space left on device)\nE: The package lists or status file could not be parsed or opened.\n',
    );
    return 100;
  }
  const lists = new Map<string, string[]>();
  const warnings: string[] = [];
  const errors: string[] = [];
  let number = 1;
  for (const minor of minors) {
    const url = repositoryUrl(minor);
    const versions = model.repository.versionsOf(minor);
    if (model.faults.on('repository-key-expired', machine.name)) {
      say(
        `Err:${number++} ${url}  InRelease\n  The following signatures were invalid: EXPKEYSIG ${keyId} isv:kubernetes OBS Project <isv:kubernetes@build.opensuse.org>\n`,
      );
      warnings.push(
        `W: An error occurred during the signature verification. The repository is not updated and the previous index files will be used. GPG error: ${url}  InRelease: The following signatures were invalid: EXPKEYSIG ${keyId} isv:kubernetes OBS Project <isv:kubernetes@build.opensuse.org>`,
        `W: Failed to fetch ${url}/InRelease  The following signatures were invalid: EXPKEYSIG ${keyId} isv:kubernetes OBS Project <isv:kubernetes@build.opensuse.org>`,
        'W: Some index files failed to download. They have been ignored, or old ones used instead.',
      );
      const kept = known.get(minor);
      if (kept !== undefined) lists.set(minor, kept);
      continue;
    }
    if (versions === undefined) {
      say(`Err:${number++} ${url}  InRelease\n  403  Forbidden [IP: 203.0.113.10 443]\n`);
      errors.push(
        `E: Failed to fetch ${url}/InRelease  403  Forbidden [IP: 203.0.113.10 443]`,
        `E: The repository '${url}  InRelease' is not signed.`,
      );
      continue;
    }
    const missing = model.faults.on('repository-missing-version', machine.name)?.version;
    say(
      `Get:${number++} ${url}  InRelease [1186 B]\nGet:${number++} ${url}  Packages [${700 + versions.length * 230} B]\n`,
    );
    lists.set(
      minor,
      missing === undefined
        ? versions
        : versions.filter((version) => !version.startsWith(`${String(missing)}-`) && version !== missing),
    );
  }
  if (option(args, 'APT::Get::List-Cleanup') !== '0') known.clear();
  for (const [minor, versions] of lists) known.set(minor, versions);
  say('Fetched 1905 B in 0s (68.8 kB/s)\nReading package lists...\n');
  for (const text of [...warnings, ...errors]) run.err(`${text}\n`);
  if (errors.length === 0 && !isPrivate(places))
    model.journal.record(machine.name, 'apt-update', minors.join(' '));
  const strict = option(args, 'APT::Update::Error-Mode') === 'any';
  return errors.length > 0 || (strict && warnings.length > 0) ? 100 : 0;
}
