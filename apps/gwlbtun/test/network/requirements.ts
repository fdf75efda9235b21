import type { Requirement } from '@net/testing';

/** What every suite here needs: namespaces, tun devices, and a compiler for the traffic generator. */
export const NETWORK: readonly Requirement[] = [
  'root',
  'netns',
  'tun',
  { command: 'cmake' },
  { command: 'g++' },
  { command: 'tc', install: 'iproute2' },
  { command: 'nft' },
];
