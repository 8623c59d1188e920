import type { CpOptions, FileContent, IFileSystem, MkdirOptions, RmOptions } from 'just-bash';

import { fileError, type NodeFiles } from '../model/files.ts';
import type { LiveOutput } from './live-output.ts';

type ReadOptions = Parameters<IFileSystem['readFile']>[1];
type WriteOptions = Parameters<IFileSystem['writeFile']>[2];
type Access = 'r' | 'w' | 'x';

const bits: Record<Access, number> = { r: 4, w: 2, x: 1 };

/** A machine's disk as one user of one shell sees it: permissions for all but root, new files by the shell's umask. */
export class SessionFiles implements IFileSystem {
  readonly disk: NodeFiles;
  readonly user: string;
  umask: number;
  /** The file that a running command's output goes to as it comes, see live-output.ts. */
  live: LiveOutput | undefined;

  constructor(disk: NodeFiles, user: string, umask = 0o022) {
    this.disk = disk;
    this.user = user;
    this.umask = umask;
  }

  async readFile(path: string, options?: ReadOptions) {
    await this.#may('r', 'open', path);
    return this.disk.readFile(path, options);
  }

  async readFileBytes(path: string) {
    await this.#may('r', 'open', path);
    return this.disk.readFileBytes(path);
  }

  async readFileBuffer(path: string) {
    await this.#may('r', 'open', path);
    return this.disk.readFileBuffer(path);
  }

  async writeFile(path: string, content: FileContent, options?: WriteOptions): Promise<void> {
    if (await this.live?.hasAlready(path, content)) return;
    const fresh = await this.#mayWrite(path);
    await this.disk.writeFile(path, content, options);
    if (fresh) await this.#created(path, 0o666);
  }

  async appendFile(path: string, content: FileContent, options?: WriteOptions): Promise<void> {
    if (await this.live?.hasAlready(path, content)) return;
    const fresh = await this.#mayWrite(path);
    await this.disk.appendFile(path, content, options);
    if (fresh) await this.#created(path, 0o666);
  }

  async exists(path: string): Promise<boolean> {
    if (this.user !== 'root' && !(await this.#allowed('x', parentOf(path)))) return false;
    return this.disk.exists(path);
  }

  async stat(path: string) {
    await this.#mayReach('stat', path);
    return this.disk.stat(path);
  }

  async lstat(path: string) {
    await this.#mayReach('lstat', path);
    return this.disk.lstat(path);
  }

  async mkdir(path: string, options?: MkdirOptions): Promise<void> {
    if (await this.disk.exists(path)) return this.disk.mkdir(path, options);
    const missing: string[] = [];
    for (let at = path; at !== '/' && !(await this.disk.exists(at)); at = parentOf(at)) missing.push(at);
    await this.#mayWrite(missing.at(-1) ?? path);
    await this.disk.mkdir(path, options);
    for (const made of missing) await this.#created(made, 0o777);
  }

  async readdir(path: string) {
    await this.#may('r', 'scandir', path);
    return this.disk.readdir(path);
  }

  async readdirWithFileTypes(path: string) {
    await this.#may('r', 'scandir', path);
    return this.disk.readdirWithFileTypes(path);
  }

  async rm(path: string, options?: RmOptions): Promise<void> {
    await this.#mayChange('unlink', path);
    await this.disk.rm(path, options);
  }

  async cp(from: string, to: string, options?: CpOptions): Promise<void> {
    await this.#may('r', 'open', from);
    const fresh = await this.#mayWrite(to);
    const mode = (await this.disk.stat(from)).mode & 0o777;
    await this.disk.cp(from, to, options);
    if (fresh) await this.#created(to, mode);
  }

  async mv(from: string, to: string): Promise<void> {
    await this.#mayChange('rename', from);
    await this.#mayChange('rename', to);
    await this.disk.mv(from, to);
  }

  resolvePath(base: string, path: string): string {
    return this.disk.resolvePath(base, path);
  }

  getAllPaths(): string[] {
    return this.disk.getAllPaths();
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.#mayOwn('chmod', path);
    await this.disk.chmod(path, mode);
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.#mayChange('symlink', path);
    await this.disk.symlink(target, path);
  }

  async link(existing: string, path: string): Promise<void> {
    await this.#mayChange('link', path);
    await this.disk.link(existing, path);
  }

  async readlink(path: string) {
    await this.#mayReach('readlink', path);
    return this.disk.readlink(path);
  }

  async realpath(path: string) {
    await this.#mayReach('realpath', path);
    return this.disk.realpath(path);
  }

  async utimes(path: string, atime: Date, mtime: Date): Promise<void> {
    await this.#mayOwn('utimes', path);
    await this.disk.utimes(path, atime, mtime);
  }

  ownerOf(path: string): string {
    return this.disk.owners.get(path) ?? 'root';
  }

  async #created(path: string, mode: number): Promise<void> {
    await this.disk.chmod(path, mode & ~this.umask);
    if (this.user !== 'root') this.disk.owners.set(path, this.user);
  }

  async #may(access: Access, call: string, path: string): Promise<void> {
    if (this.user === 'root') return;
    await this.#mayReach(call, path);
    if ((await this.disk.exists(path)) && !(await this.#allowed(access, path)))
      throw fileError('EACCES', call, path);
  }

  async #mayReach(call: string, path: string): Promise<void> {
    if (this.user === 'root') return;
    for (let at = parentOf(path); at !== '/'; at = parentOf(at)) {
      if ((await this.disk.exists(at)) && !(await this.#allowed('x', at)))
        throw fileError('EACCES', call, path);
    }
  }

  /** True when the file is new. */
  async #mayWrite(path: string): Promise<boolean> {
    const fresh = !(await this.disk.exists(path));
    if (this.user === 'root') return fresh;
    await this.#mayReach('open', path);
    if (!(await this.#allowed('w', fresh ? parentOf(path) : path))) throw fileError('EACCES', 'open', path);
    return fresh;
  }

  async #mayChange(call: string, path: string): Promise<void> {
    if (this.user === 'root') return;
    await this.#mayReach(call, path);
    if (!(await this.#allowed('w', parentOf(path)))) throw fileError('EACCES', call, path);
  }

  async #mayOwn(call: string, path: string): Promise<void> {
    if (this.user === 'root') return;
    await this.#mayReach(call, path);
    if (this.ownerOf(path) !== this.user) throw fileError('EACCES', call, path);
  }

  async #allowed(access: Access, path: string): Promise<boolean> {
    if (path.startsWith('/dev/') || !(await this.disk.exists(path))) return true;
    const { mode } = await this.disk.stat(path);
    const shift = this.ownerOf(path) === this.user ? 6 : 0;
    return ((mode >> shift) & bits[access]) !== 0;
  }
}

function parentOf(path: string): string {
  return path.replace(/\/[^/]*\/?$/, '') || '/';
}
