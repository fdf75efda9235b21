/** Nitro families that AWS's "Traffic Mirroring considerations" excluded in copies of different age. */
const excluded = new Set(
  (
    'm8g m6a m6i m6id m6idn m6in m7a m7g m7gd m7i m7i-flex c8g c6a c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn c7i r8g ' +
    'r6a r6i r6id r6idn r6in r7a r7g r7gd r7i r7iz x8g x2idn x2iedn x2iezn i4g i4i im4gn is4gen inf2 p5 trn1 trn1n ' +
    'hpc6a hpc6id hpc7a hpc7g t2'
  ).split(' '),
);

/**
 * What AWS's documentation said of instance types, read 2026-11-20. Its newest copy has no such list any more: this is
 * shown as a doubt and decides nothing; EC2's answer does.
 */
export const mirrorSupport: { readonly readAt: string; doubt(instanceType: string): string | undefined } = {
  readAt: '2026-11-20',
  doubt: (instanceType) => {
    const [family = ''] = instanceType.split('.');
    return excluded.has(family)
      ? `${family} was on AWS's list of families that cannot be mirrored (read 2026-11-20); it is tried once`
      : undefined;
  },
};
