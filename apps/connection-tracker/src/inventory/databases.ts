import { allItems, createClient, type Session, toAwsError } from '@net/aws-core';

/** Host names of publicly accessible databases by each address that they resolve to. */
export interface DatabaseNames {
  readonly byAddress: Readonly<Record<string, string>>;
}

/** As many look-ups at a time as a resolver answers without dropping some. */
const LOOKUPS = 16;

/** Reads the publicly accessible instances, all pages, and resolves their host names. */
export async function readDatabaseNames(
  session: Session,
  resolve: (host: string, signal?: AbortSignal) => Promise<readonly string[]>,
  signal?: AbortSignal,
): Promise<DatabaseNames> {
  const { RDSClient, paginateDescribeDBInstances } = await import('@aws-sdk/client-rds');
  const client = await createClient(session, RDSClient);
  try {
    const all = await allItems(
      paginateDescribeDBInstances,
      client,
      {},
      (page) => page.DBInstances,
      signal ? { signal } : {},
    );
    const hosts = all.flatMap(({ PubliclyAccessible, Endpoint }) =>
      PubliclyAccessible === true && Endpoint?.Address !== undefined ? [Endpoint.Address] : [],
    );
    const byAddress: Record<string, string> = {};
    for (let from = 0; from < hosts.length; from += LOOKUPS) {
      await Promise.all(
        hosts.slice(from, from + LOOKUPS).map(async (host) => {
          for (const address of await resolve(host, signal)) byAddress[address] = host;
        }),
      );
    }
    return { byAddress };
  } catch (error) {
    signal?.throwIfAborted();
    throw toAwsError(error, { action: 'rds:DescribeDBInstances' });
  } finally {
    client.destroy();
  }
}
