import { isResourceId, parseRegion } from '../ids/resource-ids.js';
import type { ImdsClient } from './client.js';
import { ImdsError } from './errors.js';

/** Who this instance is. */
export interface InstanceIdentity {
  readonly instanceId: string;
  readonly region: string;
  readonly availabilityZone: string;
  /** Of the primary interface, lower case with colons. */
  readonly mac: string;
}

/**
 * Reads what an instance needs to know about itself.
 *
 * @throws {ImdsError} when the service does not answer or answers with something else
 */
export async function readIdentity(imds: ImdsClient, signal?: AbortSignal): Promise<InstanceIdentity> {
  const instanceId = await need(imds, 'meta-data/instance-id', signal, (text) =>
    isResourceId('instance', text),
  );
  const availabilityZone = await need(imds, 'meta-data/placement/availability-zone', signal, (text) =>
    /^[a-z0-9-]{3,40}$/.test(text),
  );
  const region = await need(imds, 'meta-data/placement/region', signal, isRegion);
  const mac = await need(imds, 'meta-data/mac', signal, isMac);
  return { instanceId, region, availabilityZone, mac };
}

/** Whether the text is a MAC address as the metadata writes them. */
export function isMac(text: string): boolean {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(text);
}

async function need(
  imds: ImdsClient,
  path: string,
  signal: AbortSignal | undefined,
  isValid: (text: string) => boolean,
): Promise<string> {
  const text = await imds.text(path, signal);
  if (text === undefined) throw new ImdsError('NET_AWS_IMDS_INVALID', path, 'is absent');
  if (!isValid(text)) {
    throw new ImdsError('NET_AWS_IMDS_INVALID', path, `cannot be used: ${JSON.stringify(text.slice(0, 80))}`);
  }
  return text;
}

function isRegion(text: string): boolean {
  try {
    return parseRegion(text) === text;
  } catch {
    return false;
  }
}
