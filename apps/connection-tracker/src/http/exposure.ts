import { isIP } from 'node:net';
import { TrackerError } from '../errors.js';

/** True for what only programs of this machine reach. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost') return true;
  return isIP(bare) === 4 ? bare.startsWith('127.') : bare === '::1';
}

/**
 * Refuses to be open to the network without authentication.
 * @throws TrackerError NET_TRACKER_CONFIG
 */
export function checkExposure(host: string, hasAuth: boolean, insecureOpen: boolean): void {
  if (hasAuth || insecureOpen || isLoopback(host)) return;
  throw new TrackerError(
    'NET_TRACKER_CONFIG',
    `would serve everybody who reaches ${host}, without authentication`,
    {
      hint: 'Configure an authentication, listen on 127.0.0.1, or say --insecure-open.',
    },
  );
}

/** The name in a `Host` header, without its port; undefined for what is no host. */
export function hostName(header: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1];
}
