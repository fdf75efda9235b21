import { Resolver } from 'node:dns/promises';

/** Addresses of a host name; nothing found is an empty list. */
export type Resolve = (host: string, signal?: AbortSignal) => Promise<readonly string[]>;

/** By the system's resolver, IPv4 only, as the original. */
export function systemResolve(): Resolve {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  return async (host) => {
    try {
      return await resolver.resolve4(host);
    } catch {
      return [];
    }
  };
}

/**
 * The original's hosts of an account in a region: `odd-<region>.<domain>` and `nat-<zone>.<domain>`, by address, named
 * `<account>/<region>/<host>`.
 */
export async function accountHosts(
  account: { readonly id: string; readonly domain: string | undefined },
  region: string,
  zones: readonly string[],
  resolve: Resolve,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const { id, domain } = account;
  if (domain === undefined) return {};
  const hosts = [`odd-${region}.${domain}`, ...zones.map((zone) => `nat-${zone}.${domain}`)];
  const found: Record<string, string> = {};
  await Promise.all(
    hosts.map(async (host) => {
      for (const address of await resolve(host, signal)) found[address] = `${id}/${region}/${host}`;
    }),
  );
  return found;
}
