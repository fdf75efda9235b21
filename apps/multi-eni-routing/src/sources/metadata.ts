import type { ImdsClient } from '@net/aws-core/imds';

import { EniRoutingError } from '../errors.js';
import type { MetadataReader } from './imds.js';

/** Where the instance metadata service is and how long to wait for it. */
export interface MetadataOptions {
  /** Default http://169.254.169.254. */
  readonly endpoint?: string | undefined;
  /** Longest wait for one answer, in milliseconds; default 1000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Reads the instance metadata with IMDSv2: one session token for all readings, renewed in time (EC2 User Guide, "Use the
 * Instance Metadata Service to access instance metadata"). The connection is kept for the next path.
 */
export function createMetadataReader(options: MetadataOptions = {}): MetadataReader {
  let client: Promise<ImdsClient> | undefined;
  return async (path, signal) => {
    client ??= openClient(options);
    const asked = `meta-data/${path}`;
    const outcome = await (await client).read(asked, signal);
    if (outcome.kind === 'found') return outcome.text;
    if (outcome.kind === 'empty') return '';
    if (outcome.kind === 'absent') return undefined;
    throw new EniRoutingError(
      'NET_ENI_ROUTING_SOURCE',
      outcome.kind === 'silent' ? outcome.why : `status ${outcome.status}`,
    );
  };
}

async function openClient({ endpoint, timeoutMs }: MetadataOptions): Promise<ImdsClient> {
  // Only a run that asks the service pays for loading its client.
  const { createImds } = await import('@net/aws-core/imds');
  // One attempt: what stays without an answer takes nothing away, and the next pass asks again.
  return createImds({ endpoint: endpoint?.replace(/\/+$/, ''), timeoutMs, attempts: 1 });
}
