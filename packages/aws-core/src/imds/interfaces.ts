import { isIP, isIPv4, isIPv6 } from 'node:net';

import { isResourceId, type ResourceKind } from '../ids/resource-ids.js';
import type { ImdsClient } from './client.js';
import { ImdsError } from './errors.js';
import { isMac } from './identity.js';

/** A network interface as its instance sees it. Lists are empty where the metadata has no such entry. */
export interface ImdsInterface {
  readonly mac: string;
  readonly interfaceId: string;
  readonly deviceNumber: number;
  /** 0 where the metadata does not say. */
  readonly networkCard: number;
  readonly subnetId: string;
  readonly vpcId: string;
  /** The primary address first. */
  readonly localIpv4s: readonly string[];
  readonly ipv6s: readonly string[];
  readonly subnetIpv4Cidr: string | undefined;
  readonly subnetIpv6Cidrs: readonly string[];
  readonly vpcIpv4Cidrs: readonly string[];
  readonly vpcIpv6Cidrs: readonly string[];
  /** Prefixes delegated to the interface. */
  readonly ipv4Prefixes: readonly string[];
  readonly ipv6Prefixes: readonly string[];
  /** Which private address each public one leads to. */
  readonly publicIpv4s: readonly { readonly publicIp: string; readonly privateIps: readonly string[] }[];
}

/**
 * Reads every interface of the instance, by device number. An interface that is detached meanwhile is left out.
 *
 * @throws {ImdsError} when the service does not answer or answers with something else
 */
export async function readInterfaces(
  imds: ImdsClient,
  signal?: AbortSignal,
): Promise<readonly ImdsInterface[]> {
  const listing = (await imds.text(ROOT, signal)) ?? '';
  const macs = lines(listing).map((line) => line.replace(/\/$/, '').toLowerCase());
  const strange = macs.find((mac) => !isMac(mac));
  if (strange !== undefined) {
    throw new ImdsError(
      'NET_AWS_IMDS_INVALID',
      ROOT,
      `no MAC address: ${JSON.stringify(strange.slice(0, 80))}`,
    );
  }
  const interfaces: ImdsInterface[] = [];
  for (const mac of macs) {
    const found = await readInterface(imds, mac, signal);
    if (found) interfaces.push(found);
  }
  return interfaces.sort((a, b) => a.networkCard - b.networkCard || a.deviceNumber - b.deviceNumber);
}

const ROOT = 'meta-data/network/interfaces/macs/';

async function readInterface(
  imds: ImdsClient,
  mac: string,
  signal: AbortSignal | undefined,
): Promise<ImdsInterface | undefined> {
  const folder = `${ROOT}${mac}/`;
  const listing = await imds.text(folder, signal);
  if (listing === undefined) return undefined;
  const entries = new Set(lines(listing).map((line) => line.replace(/\/$/, '')));
  const list = async (name: string, isValid: (text: string) => boolean): Promise<readonly string[]> => {
    // One question for each entry that exists, rather than one for each that could.
    if (!entries.has(name)) return [];
    const values = lines((await imds.text(`${folder}${name}`, signal)) ?? '');
    const wrong = values.find((value) => !isValid(value));
    if (wrong !== undefined) throw unusable(`${folder}${name}`, wrong);
    return values;
  };
  const one = async (name: string, isValid: (text: string) => boolean): Promise<string> => {
    const [value] = await list(name, isValid);
    if (value === undefined) throw new ImdsError('NET_AWS_IMDS_INVALID', `${folder}${name}`, 'is absent');
    return value;
  };
  const publicIps = await list('ipv4-associations', (text) => isIPv4(text.replace(/\/$/, '')));
  const publicIpv4s = [];
  for (const entry of publicIps) {
    const publicIp = entry.replace(/\/$/, '');
    const privateIps = lines((await imds.text(`${folder}ipv4-associations/${publicIp}`, signal)) ?? '');
    publicIpv4s.push({ publicIp, privateIps: privateIps.filter((ip) => isIPv4(ip)) });
  }
  const isNumber = (text: string): boolean => /^\d{1,3}$/.test(text);
  const vpcIpv4Cidrs = await list('vpc-ipv4-cidr-blocks', isCidr4);
  return {
    mac,
    interfaceId: await one('interface-id', idOf('network-interface')),
    deviceNumber: Number(await one('device-number', isNumber)),
    networkCard: Number(
      (await list('network-card', isNumber))[0] ?? (await list('network-card-index', isNumber))[0] ?? 0,
    ),
    subnetId: await one('subnet-id', idOf('subnet')),
    vpcId: await one('vpc-id', idOf('vpc')),
    localIpv4s: await list('local-ipv4s', isIPv4),
    ipv6s: await list('ipv6s', isIPv6),
    subnetIpv4Cidr: (await list('subnet-ipv4-cidr-block', isCidr4))[0],
    subnetIpv6Cidrs: await list('subnet-ipv6-cidr-blocks', isCidr6),
    vpcIpv4Cidrs: vpcIpv4Cidrs.length > 0 ? vpcIpv4Cidrs : await list('vpc-ipv4-cidr-block', isCidr4),
    vpcIpv6Cidrs: await list('vpc-ipv6-cidr-blocks', isCidr6),
    ipv4Prefixes: await list('ipv4-prefix', isCidr4),
    ipv6Prefixes: await list('ipv6-prefix', isCidr6),
    publicIpv4s,
  };
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function idOf(kind: ResourceKind): (text: string) => boolean {
  return (text) => isResourceId(kind, text);
}

function isCidr4(text: string): boolean {
  return isCidr(text, 4, 32);
}

function isCidr6(text: string): boolean {
  return isCidr(text, 6, 128);
}

function isCidr(text: string, family: number, longest: number): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  return (
    rest.length === 0 && isIP(address) === family && /^\d{1,3}$/.test(length) && Number(length) <= longest
  );
}

function unusable(path: string, value: string): ImdsError {
  return new ImdsError('NET_AWS_IMDS_INVALID', path, `cannot be used: ${JSON.stringify(value.slice(0, 80))}`);
}
