import type { MinorVersion } from '../../domain/version.ts';
import { minorOfUri, withMinorInUri } from './repository-uri.ts';

/**
 * The three forms in which a package repository is written down: one-line `.list` and deb822 `.sources` (apt), and
 * `.repo` (dnf). The file's name decides, as it does for apt and dnf.
 */
type Form = 'list' | 'sources' | 'repo';

function formOf(path: string): Form {
  if (path.endsWith('.sources')) return 'sources';
  return path.endsWith('.repo') ? 'repo' : 'list';
}

/** The release lines that enabled Kubernetes repositories of a file are on, each once, in the order of the file. */
export function minorsIn(path: string, content: string): MinorVersion[] {
  const minors: MinorVersion[] = [];
  mapUris(formOf(path), content, (uri) => {
    const minor = minorOfUri(uri);
    if (minor !== undefined) minors.push(minor);
    return uri;
  });
  return [...new Set(minors)];
}

/** The file's content with every enabled Kubernetes repository on `minor`; nothing else is touched, not even a space. */
export function withMinor(path: string, content: string, minor: MinorVersion): string {
  return mapUris(formOf(path), content, (uri) => withMinorInUri(uri, minor));
}

/** Only the parts of the file that are about enabled Kubernetes repositories: lines of `.list`, stanzas of the others. */
export function kubernetesPartsOf(path: string, content: string): string {
  const mine = partsOf(path, content).filter((part) => minorsIn(path, part).length > 0);
  return mine.join(formOf(path) === 'sources' ? '\n' : '');
}

/** Whether a file of apt's has repositories besides those of Kubernetes. */
export function hasOtherRepositories(path: string, content: string): boolean {
  const repository = formOf(path) === 'list' ? /^\s*deb(-src)?\s/ : /^uris\s*:/im;
  return partsOf(path, content).some((part) => repository.test(part) && minorsIn(path, part).length === 0);
}

/** Lines of `.list`, stanzas of the others. */
function partsOf(path: string, content: string): string[] {
  const form = formOf(path);
  return form === 'list' ? content.split(/(?<=\n)/) : stanzasOf(form, content);
}

/** Identifiers of a `.repo` file's sections that are enabled Kubernetes repositories: `kubernetes`. */
export function repositoryIdsIn(path: string, content: string): string[] {
  return stanzasOf('repo', content)
    .filter((stanza) => minorsIn(path, stanza).length > 0)
    .flatMap((stanza) => /^\s*\[([^\]]+)\]/m.exec(stanza)?.[1] ?? []);
}

/** What a `.repo` file's Kubernetes sections exclude from being installed without being asked for by name. */
export function excludesIn(path: string, content: string): string[] {
  return stanzasOf('repo', content)
    .filter((stanza) => minorsIn(path, stanza).length > 0)
    .flatMap((stanza) => [...stanza.matchAll(/^\s*exclude(?:pkgs)?\s*=(.*(?:\n[ \t]+\S.*)*)/gm)])
    .flatMap((match) => (match[1] ?? '').split(/[\s,]+/))
    .filter((name) => name !== '');
}

function mapUris(form: Form, content: string, change: (uri: string) => string): string {
  if (form === 'list')
    return content
      .split('\n')
      .map((line) => mapOneLine(line, change))
      .join('\n');
  return stanzasOf(form, content)
    .map((stanza) => (isDisabled(form, stanza) ? stanza : mapStanza(form, stanza, change)))
    .join('');
}

/** sources.list(5): `deb [ options ] uri suite [component...]`; a comment may follow. */
function mapOneLine(line: string, change: (uri: string) => string): string {
  const match = /^(\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s*)?)([^\s#]+)(.*)$/s.exec(line);
  if (!match) return line;
  return `${match[1] ?? ''}${change(match[2] ?? '')}${match[3] ?? ''}`;
}

/** Pieces whose concatenation is the content: deb822 stanzas end with a blank line, `.repo` sections begin with `[`. */
function stanzasOf(form: Form, content: string): string[] {
  const border = form === 'repo' ? /(?=^[ \t]*\[[^\]\n]+\])/m : /(?<=\n[ \t]*\n)(?=[ \t]*\S)/;
  return content.split(border);
}

function isDisabled(form: Form, stanza: string): boolean {
  return form === 'repo'
    ? /^\s*enabled\s*=\s*(0|no|false|off)\s*$/im.test(stanza)
    : /^enabled:\s*(no|false|without|off|disable|0)\s*$/im.test(stanza);
}

const uriFields: Record<'sources' | 'repo', RegExp> = {
  sources: /^uris\s*:/i,
  repo: /^\s*(baseurl|gpgkey|mirrorlist|metalink)\s*=/i,
};

/** Changes the URIs in the fields that hold some; a field goes on in lines that begin with a blank. */
function mapStanza(form: 'sources' | 'repo', stanza: string, change: (uri: string) => string): string {
  let inUris = false;
  return stanza
    .split('\n')
    .map((line) => {
      if (/^\s*[#;]/.test(line)) return line;
      if (!/^[ \t]/.test(line) || /^\s*[a-z_]+\s*=/i.test(line)) inUris = uriFields[form].test(line);
      return inUris ? line.replace(/[a-z][a-z+.-]*:[^\s,]+/gi, change) : line;
    })
    .join('\n');
}
