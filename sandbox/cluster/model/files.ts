import { type CpOptions, type FileContent, InMemoryFs, type MkdirOptions, type RmOptions } from 'just-bash';

type WriteOptions = Parameters<InMemoryFs['writeFile']>[2];

/** An error as the C library words it, the way just-bash's own file system throws it. */
export function fileError(code: 'ENOSPC' | 'EACCES' | 'ENOENT', call: string, path: string): Error {
  const words = {
    ENOSPC: 'no space left on device',
    EACCES: 'permission denied',
    ENOENT: 'no such file or directory',
  }[code];
  return Object.assign(new Error(`${code}: ${words}, ${call} '${path}'`), { code });
}

/**
 * One machine's disk: an in-memory file system that keeps the mode of a file that is written again, knows owners, tells
 * watchers (a kubelet watches its manifests) what changed, and can be full.
 */
export class NodeFiles extends InMemoryFs {
  full = false;
  readonly owners = new Map<string, string>();
  /** Files whose content is made when they are read, as in /proc. */
  readonly computed = new Map<string, () => string>();
  readonly #watchers = new Set<(path: string) => void>();

  onChange(watcher: (path: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  override async readFile(path: string, options?: Parameters<InMemoryFs['readFile']>[1]): Promise<string> {
    return this.computed.get(path)?.() ?? super.readFile(path, options);
  }

  override async readFileBuffer(path: string): Promise<Uint8Array> {
    const text = this.computed.get(path)?.();
    return text === undefined ? super.readFileBuffer(path) : Buffer.from(text);
  }

  override async writeFile(path: string, content: FileContent, options?: WriteOptions): Promise<void> {
    if (this.full && content.length > 0 && onDisk(path)) throw fileError('ENOSPC', 'write', path);
    const mode = await this.#modeOf(path);
    await super.writeFile(path, content, options);
    if (mode !== undefined) await super.chmod(path, mode);
    this.#changed(path);
  }

  override async appendFile(path: string, content: FileContent, options?: WriteOptions): Promise<void> {
    if (this.full && content.length > 0 && onDisk(path)) throw fileError('ENOSPC', 'write', path);
    const mode = await this.#modeOf(path);
    await super.appendFile(path, content, options);
    if (mode !== undefined) await super.chmod(path, mode);
    this.#changed(path);
  }

  override async mkdir(path: string, options?: MkdirOptions): Promise<void> {
    if (this.full && onDisk(path)) throw fileError('ENOSPC', 'mkdir', path);
    await super.mkdir(path, options);
  }

  override async rm(path: string, options?: RmOptions): Promise<void> {
    await super.rm(path, options);
    this.owners.delete(path);
    this.#changed(path);
  }

  override async cp(from: string, to: string, options?: CpOptions): Promise<void> {
    if (this.full && onDisk(to)) throw fileError('ENOSPC', 'write', to);
    await super.cp(from, to, options);
    this.#changed(to);
  }

  override async mv(from: string, to: string): Promise<void> {
    const owner = this.owners.get(from);
    await super.mv(from, to);
    this.owners.delete(from);
    if (owner === undefined) this.owners.delete(to);
    else this.owners.set(to, owner);
    this.#changed(from);
    this.#changed(to);
  }

  /** Writes a file with its mode, directories included; what a package or kubeadm does. */
  async put(path: string, content: FileContent, mode = 0o644): Promise<void> {
    await this.writeFile(path, content);
    await this.chmod(path, mode);
  }

  async textOf(path: string): Promise<string | undefined> {
    return (await this.exists(path)) ? this.readFile(path) : undefined;
  }

  async #modeOf(path: string): Promise<number | undefined> {
    return (await this.exists(path)) ? (await this.stat(path)).mode & 0o7777 : undefined;
  }

  #changed(path: string): void {
    for (const watcher of this.#watchers) watcher(path);
  }
}

// /run, /dev and /proc live in memory: a full disk leaves them writable.
const onDisk = (path: string) => !/^\/(run|dev|proc)(\/|$)/.test(path);
