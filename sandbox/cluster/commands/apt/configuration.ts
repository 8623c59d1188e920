import { minorsIn, sourcesDirectory, usualLists } from '../../model/packages.ts';
import type { Invocation } from '../../shell/program.ts';
import { type Arguments, last } from '../arguments.ts';

/** Where one call of apt looks: its own directories unless `-o Dir::…` names others. */
export interface AptPlaces {
  lists: string;
  /** Texts of all source files it reads. */
  sources: string;
}

/** Value of an apt option given with -o, by name without regard to case. */
export function option(args: Arguments, name: string): string | undefined {
  return args.options
    .get('o')
    ?.filter((entry) => entry.toLowerCase().startsWith(`${name.toLowerCase()}=`))
    .map((entry) => entry.slice(name.length + 1))
    .at(-1);
}

export const listsOf = (args: Arguments) =>
  (option(args, 'Dir::State::lists') ?? usualLists).replace(/\/$/, '');

export async function placesOf(run: Invocation, args: Arguments): Promise<AptPlaces> {
  const list = option(args, 'Dir::Etc::sourcelist') ?? '/etc/apt/sources.list';
  const parts = option(args, 'Dir::Etc::sourceparts') ?? sourcesDirectory;
  const { files } = run.machine;
  const directory = parts.replace(/\/$/, '');
  const names = parts !== '-' && (await files.exists(directory)) ? await files.readdir(directory) : [];
  const paths = [
    list,
    ...names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => `${directory}/${name}`),
  ];
  const texts: string[] = [];
  for (const path of paths)
    if (path !== '/dev/null' && path !== '-') texts.push((await files.textOf(path)) ?? '');
  return { lists: listsOf(args), sources: texts.join('\n') };
}

/** A question in directories of its own, which changes nothing of the machine's. */
export const isPrivate = (places: AptPlaces) => places.lists !== usualLists;

export const minorsOf = (places: AptPlaces) => [...new Set(minorsIn(places.sources))];

/** How quiet: 0 as usual, 1 for -q, 2 for -qq. */
export function quietness(args: Arguments): number {
  const level = last(args, 'quiet');
  if (args.options.has('qq') || level === '2') return 2;
  const single = args.options.get('q')?.length ?? 0;
  return single >= 2 ? 2 : single + (level === undefined ? 0 : 1);
}

export function assumesYes(args: Arguments): boolean {
  return ['y', 'yes', 'assume-yes', 'qq', 'yq', 'qy', 'yqq', 'qqy'].some((name) => args.options.has(name));
}
