import { expect, test } from 'vitest';
import { type Connection, NotSent } from '../../../src/adapters/ssh/connection.ts';
import { keepConnection } from '../../../src/adapters/ssh/kept-connection.ts';
import { failureOf } from '../../../src/domain/failure.ts';

/** A connection of which nobody announces the end, as ssh2 does for some moments after a socket is gone. */
function silentConnection(): Connection {
  return {
    isOpen: () => true,
    onClose: () => undefined,
    withChannel: () => Promise.reject(new Error('not used')),
    forward: () => Promise.reject(new Error('not used')),
    close: () => undefined,
  };
}

const notSent = () =>
  new NotSent('ssh.unreachable', 'w-01 cannot be reached over SSH: the connection was lost');

test('a connection that could not send is not handed out again, though its end was not announced yet', async () => {
  const dialled: Connection[] = [];
  const kept = keepConnection(() => {
    const connection = silentConnection();
    dialled.push(connection);
    return Promise.resolve(connection);
  }, 1_000);
  const used = await kept.use((connection) =>
    connection === dialled[0] ? Promise.reject(notSent()) : Promise.resolve(connection),
  );
  expect(used).toBe(dialled[1]);
  kept.close();
});

test('two connections lost one after the other are a machine that is away, which is tried again', async () => {
  const kept = keepConnection(() => Promise.resolve(silentConnection()), 1_000);
  const failure = await kept.use(() => Promise.reject(notSent())).catch(failureOf);
  expect(failure).toMatchObject({ code: 'ssh.unreachable', retry: 'transient' });
  kept.close();
});
