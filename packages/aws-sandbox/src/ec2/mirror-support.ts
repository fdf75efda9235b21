import { instanceTypes } from './instance-types.js';
import type { Ec2Context } from './operation.js';
import type { MirrorTarget } from './state.js';

/**
 * Instance families that AWS's "Traffic Mirroring considerations" named, as read on 2026-11-20 in stored copies
 * of different age; the newest copy has no such list at all, so it may have been lifted.
 */
export const mirrorSupport: {
  readonly readAt: string;
  readonly excludedNitroFamilies: readonly string[];
  readonly includedXenFamilies: readonly string[];
  readonly largeTargets: readonly string[];
} = {
  readAt: '2026-11-20',
  excludedNitroFamilies: [
    'm8g',
    'm6a',
    'm6i',
    'm6id',
    'm6idn',
    'm6in',
    'm7a',
    'm7g',
    'm7gd',
    'm7i',
    'm7i-flex',
    'c8g',
    'c6a',
    'c6gd',
    'c6gn',
    'c6i',
    'c6id',
    'c6in',
    'c7a',
    'c7g',
    'c7gd',
    'c7gn',
    'c7i',
    'r8g',
    'r6a',
    'r6i',
    'r6id',
    'r6idn',
    'r6in',
    'r7a',
    'r7g',
    'r7gd',
    'r7i',
    'r7iz',
    'x8g',
    'x2idn',
    'x2iedn',
    'x2iezn',
    'i4g',
    'i4i',
    'im4gn',
    'is4gen',
    'inf2',
    'p5',
    'trn1',
    'trn1n',
    'hpc6a',
    'hpc6id',
    'hpc7a',
    'hpc7g',
  ],
  includedXenFamilies: ['c4', 'd2', 'g3', 'g3s', 'h1', 'i3', 'm4', 'p2', 'p3', 'r4', 'x1', 'x1e'],
  /** Interface targets on these take 100 sources instead of 10: the largest size of their family. */
  largeTargets: [
    'm4.16xlarge',
    'm5.24xlarge',
    'c5n.18xlarge',
    'm6i.32xlarge',
    'c6in.32xlarge',
    'p4d.24xlarge',
  ],
};

/** Whether interfaces of such an instance can be mirror sources, by the dated lists. */
export function supportsMirroring(instanceType: string): boolean {
  const facts = instanceTypes.get(instanceType);
  const family = instanceType.split('.')[0] ?? '';
  if (!facts || facts.hypervisor === undefined) return false;
  return facts.hypervisor === 'nitro'
    ? !mirrorSupport.excludedNitroFamilies.includes(family)
    : mirrorSupport.includedXenFamilies.includes(family);
}

/** Whether the target's instance is of a size that takes the larger number of sources. */
export function isLargeMirrorTarget(context: Ec2Context, target: MirrorTarget): boolean {
  const instanceId = context.state.networkInterfaces[target.resource]?.attachment?.instanceId;
  const instance = instanceId === undefined ? undefined : context.state.instances[instanceId];
  return instance !== undefined && mirrorSupport.largeTargets.includes(instance.instanceType);
}
