/** Files on the machine that the bot runs on, beside its configuration. */
export interface LocalFiles {
  /** The content of a UTF-8 file of at most 16 MiB; undefined when it is not there, not readable, or no such file. */
  readText(path: string): Promise<string | undefined>;
}
