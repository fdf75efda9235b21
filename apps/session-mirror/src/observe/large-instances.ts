/**
 * Sizes whose interfaces take 100 sources instead of 10: the largest of their families ("Traffic Mirroring quotas",
 * Amazon VPC documentation, read 2026-11-20). A hint: a limit that EC2 answers is learned and counts.
 */
export const largeInstances: { readonly readAt: string; readonly types: ReadonlySet<string> } = {
  readAt: '2026-11-20',
  types: new Set([
    'c5n.18xlarge',
    'c6in.32xlarge',
    'm4.16xlarge',
    'm5.24xlarge',
    'm6i.32xlarge',
    'p4d.24xlarge',
  ]),
};

/** Sources that an interface of such an instance takes. */
export const LARGE_TARGET_SOURCES = 100;
