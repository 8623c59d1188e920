import { type Connection, NotSent } from './connection.ts';

/** A connection that is made when it is needed, shared by all who need it, and closed after a while without use. */
export interface KeptConnection {
  /** Runs work on the connection; connects first if there is none. A second connect is tried if nothing was sent. */
  use<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Keeps the connection from being closed as idle until `release` is called. */
  hold(): Promise<{ connection: Connection; release: () => void }>;
  close(): void;
}

/**
 * @param dial makes the connection; called by one at a time
 * @param idleMs how long a connection that nobody uses stays open
 */
export function keepConnection(dial: () => Promise<Connection>, idleMs: number): KeptConnection {
  let current: Promise<Connection> | undefined;
  let users = 0;
  let idle: NodeJS.Timeout | undefined;

  const forget = (which: Promise<Connection>) => {
    if (current === which) current = undefined;
  };

  const open = (): Promise<Connection> => {
    if (current) return current;
    const mine = dial();
    current = mine;
    mine.then(
      (connection) => connection.onClose(() => forget(mine)),
      () => forget(mine),
    );
    return mine;
  };

  const closeNow = () => {
    const closing = current;
    current = undefined;
    // One that is still being made is closed as soon as it is there.
    closing?.then(
      (connection) => connection.close(),
      () => undefined,
    );
  };

  const release = () => {
    users -= 1;
    if (users > 0) return;
    clearTimeout(idle);
    idle = setTimeout(closeNow, idleMs);
    idle.unref();
  };

  const hold = async () => {
    users += 1;
    clearTimeout(idle);
    try {
      const which = open();
      const connection = await which;
      let released = false;
      return {
        connection,
        forget: () => forget(which),
        release: () => {
          if (!released) release();
          released = true;
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  };

  const once = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const held = await hold();
    try {
      return await work(held.connection);
    } catch (error) {
      // Its end is known before it is announced: nobody may be given it again in between.
      if (error instanceof NotSent) held.forget();
      throw error;
    } finally {
      held.release();
    }
  };

  return {
    hold,
    async use(work) {
      try {
        return await once(work);
      } catch (error) {
        // The other side had closed it while it was idle, and this side has only now seen it.
        if (error instanceof NotSent) return once(work);
        throw error;
      }
    },
    close() {
      clearTimeout(idle);
      closeNow();
    },
  };
}
