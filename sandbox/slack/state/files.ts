import { newId } from './ids.ts';
import type { StoredFile } from './model.ts';

const mimetypes: Record<string, string> = {
  md: 'text/markdown',
  txt: 'text/plain',
  json: 'application/json',
  yaml: 'text/yaml',
  log: 'text/plain',
};

/** Files between `files.getUploadURLExternal` and the message they are shared in. */
export class Files {
  readonly #files = new Map<string, StoredFile>();

  reserve(name: string, length: number, user: string): StoredFile {
    const extension = name.split('.').at(-1) ?? '';
    const file: StoredFile = {
      id: newId('F'),
      name,
      title: name,
      length,
      mimetype: mimetypes[extension] ?? 'application/octet-stream',
      user,
      content: undefined,
      shared: false,
    };
    this.#files.set(file.id, file);
    return file;
  }

  find(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }
}
