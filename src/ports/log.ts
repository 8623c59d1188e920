/** Values that say what a message is about; never secrets, never whole objects of a cluster. `error` takes an Error. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where the program tells its operators what it does. Messages are static, so that they can be counted and searched;
 * everything that varies is a field.
 */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
