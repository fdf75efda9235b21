import type { ServerAddress } from '../options.js';
import { createServerConnection } from './server-connection.js';
import { textsOf } from './connection.js';

/**
 * Asks the sentinels in turn who the master is, the one that answered last first, as Redis's guidelines for clients of
 * Sentinel have it. It is asked again for every connection: a master that is replaced breaks the old ones.
 */
export function createMasterFinder(
  sentinels: readonly ServerAddress[],
  name: string,
  credentials: Pick<ServerAddress, 'username' | 'password' | 'database'>,
): (timeoutMs: number) => Promise<ServerAddress> {
  const order = [...sentinels];
  return async (timeoutMs) => {
    const said: string[] = [];
    for (const sentinel of [...order]) {
      const where = `${sentinel.host}:${sentinel.port}`;
      const connection = createServerConnection({
        resolve: () => Promise.resolve({ ...sentinel, database: 0 }),
        isMasterOnly: false,
        connectTimeoutMs: timeoutMs,
      });
      try {
        const answer = await connection.attempt(['SENTINEL', 'get-master-addr-by-name', name], {
          timeoutMs,
        });
        const [host, port] = textsOf(answer);
        if (host === undefined || port === undefined) {
          said.push(`${where} knows no master ${name}`);
          continue;
        }
        order.splice(order.indexOf(sentinel), 1);
        order.unshift(sentinel);
        return { ...credentials, isTls: sentinel.isTls, host, port: Number(port) };
      } catch (error) {
        said.push(`${where}: ${(error as Error).message}`);
      } finally {
        connection.close();
      }
    }
    throw new Error(`no sentinel knows the master: ${said.join('; ')}`);
  };
}
