import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { ownWriter, type RestorableContent } from '../../ports/kubernetes.ts';
import type { SavedAddon } from '../addons.ts';
import { type Return, returnOf } from './put-back.ts';

type Template = RestorableContent['content'];

const Containers = z.looseObject({
  spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string(), image: z.string() })).min(1) }),
});

/**
 * What putting an add-on's workload back comes to: its whole template of pods, or, where somebody has edited it since or the
 * backup is of an older bot, its images alone.
 */
export function workloadReturn(present: RestorableContent, saved: SavedAddon): Return {
  const wanted = saved.template ?? withImages(present.content, new Map(), saved.image);
  const images = imagesIn(wanted);
  // An API server of another minor fills in other defaults: what the bot wrote need not read back the same.
  if (present.writer === ownWriter && isDeepStrictEqual(imagesIn(present.content), images))
    return { status: 'as-saved' };
  return returnOf(present, wanted, (content) => withImages(content, images, saved.image));
}

function imagesIn(template: Template): Map<string, string> {
  const containers = Containers.safeParse(template).data?.spec.containers ?? [];
  return new Map(containers.map(({ name, image }) => [name, image]));
}

/** The template with images by container name; the first container takes `first` where its own is not known. */
function withImages(template: Template, images: ReadonlyMap<string, string>, first: string): Template {
  const parsed = Containers.safeParse(template).data;
  if (!parsed) return template;
  const containers = parsed.spec.containers.map((container, index) => ({
    ...container,
    image: images.get(container.name) ?? (index === 0 ? first : container.image),
  }));
  return { ...parsed, spec: { ...parsed.spec, containers } };
}
