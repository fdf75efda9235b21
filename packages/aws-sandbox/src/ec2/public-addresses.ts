import type { Ec2Context } from './operation.js';

/**
 * A public address that nobody has, out of TEST-NET-2 and TEST-NET-3 (RFC 5737) and, when those are used up,
 * of the benchmarking range (RFC 2544): none of them is anybody's.
 */
export function publicAddress(context: Ec2Context): string {
  const { state } = context;
  const taken = new Set([
    ...Object.values(state.addresses).map((address) => address.publicIp),
    ...Object.values(state.networkInterfaces).flatMap((eni) => eni.privateIps.map((ip) => ip.publicIp)),
  ]);
  for (let index = 1; ; index++) {
    const address = nth(index);
    if (!taken.has(address)) return address;
  }
}

function nth(index: number): string {
  if (index < 255) return `203.0.113.${index}`;
  if (index < 509) return `198.51.100.${index - 254}`;
  const rest = index - 509;
  return `198.${18 + ((rest >> 16) & 1)}.${(rest >> 8) & 255}.${rest & 255}`;
}
