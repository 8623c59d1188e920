/** `'path': Permission denied` as coreutils say it, after a verb where one is given. */
export function problemWith(error: unknown, path: string, verb?: string): string {
  const text = error instanceof Error ? error.message : String(error);
  const words = /EACCES/.test(text)
    ? 'Permission denied'
    : /ENOSPC/.test(text)
      ? 'No space left on device'
      : /ENOTDIR/.test(text)
        ? 'Not a directory'
        : /EISDIR/.test(text)
          ? 'Is a directory'
          : 'No such file or directory';
  return verb === undefined ? `${path}: ${words}` : `${verb} '${path}': ${words}`;
}

/** `rwxr-x---` */
export function letters(mode: number): string {
  return [6, 3, 0]
    .map((shift) =>
      ['r', 'w', 'x'].map((letter, bit) => (((mode >> shift) & (4 >> bit)) === 0 ? '-' : letter)).join(''),
    )
    .join('');
}
