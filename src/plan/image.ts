/** The repository and the tag of an image reference; a digest is neither, and a tag may be missing. */
export function imageParts(image: string): { readonly repository: string; readonly tag: string } {
  const [name = ''] = image.split('@');
  const found = /^(.*):([^:/]+)$/.exec(name);
  return { repository: found?.[1] ?? name, tag: found?.[2] ?? '' };
}
