import { isIP } from 'node:net';
import { InputError } from '../errors.js';

/** A probe as given; `owner` stands for the address of a route's present owner. */
export type ProbeSpec =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'command'; readonly program: string; readonly args: readonly string[] };

/** The word that stands for the owner's address. */
export const OWNER_WORD = 'owner';

/**
 * Reads `tcp://HOST:PORT`, `http://...`, `https://...` or `command:/path/to/program WORD...`.
 *
 * @throws {InputError} for anything else
 */
export function parseProbe(text: string): ProbeSpec {
  if (text.startsWith('command:')) {
    const [program = '', ...args] = text.slice('command:'.length).trim().split(/\s+/);
    if (program.startsWith('/')) return { kind: 'command', program, args };
    throw new InputError(`${shown(text)} names no program: expected command:/absolute/path WORD...`);
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'tcp:') {
    const host = url.hostname.replaceAll(/[[\]]/g, '');
    const port = Number(url.port);
    const isBare = url.pathname === '' || url.pathname === '/';
    if (isHost(host) && port >= 1 && isBare && url.username === '' && url.search === '') {
      return { kind: 'tcp', host, port };
    }
  }
  if ((url?.protocol === 'http:' || url?.protocol === 'https:') && url.hostname !== '') {
    if (url.username !== '' || url.password !== '') {
      throw new InputError('a probe URL must not hold a password: it would be shown in logs');
    }
    return { kind: 'http', url: url.href };
  }
  throw new InputError(
    `${shown(text)} is no probe: expected tcp://HOST:PORT, http://..., https://... or command:/path WORD...`,
  );
}

/** The probe with the owner's address in place of the word `owner`. */
export function probeFor(spec: ProbeSpec, address: string): ProbeSpec {
  switch (spec.kind) {
    case 'tcp':
      return spec.host === OWNER_WORD ? { ...spec, host: address } : spec;
    case 'http': {
      const url = new URL(spec.url);
      if (url.hostname !== OWNER_WORD) return spec;
      url.hostname = isIP(address) === 6 ? `[${address}]` : address;
      return { kind: 'http', url: url.href };
    }
    case 'command':
      return { ...spec, args: spec.args.map((word) => (word === OWNER_WORD ? address : word)) };
  }
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(text);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
