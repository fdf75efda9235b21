import { readFile } from 'node:fs/promises';
import { type ImdsClient, createImds, readIdentity } from '@net/aws-core';
import type { Host } from './observer.js';

/** The machine this runs on: its instance id from IMDSv2, its kernel settings from /proc. */
export function createMachine(env: Readonly<Record<string, string | undefined>>): Host {
  let first: Promise<void> | undefined;
  let known: string | undefined;
  let againAtMs = 0;
  const ask = async (): Promise<void> => {
    known = await askInstanceId(env);
    againAtMs = Date.now() + ASK_AGAIN_MS;
  };
  return {
    // Off EC2 nobody shall wait for the silence again and again, so only the first answer is waited for; a metadata
    // service that was not up yet is asked again on the side.
    instanceId: async () => {
      first ??= ask();
      await first;
      if (known === undefined && Date.now() >= againAtMs) {
        againAtMs = Number.POSITIVE_INFINITY;
        void ask();
      }
      return known;
    },
    forwarding: async () => {
      const [ipv4, ipv6] = await Promise.all([
        readSwitch('/proc/sys/net/ipv4/ip_forward'),
        readSwitch('/proc/sys/net/ipv6/conf/all/forwarding'),
      ]);
      return { ipv4, ipv6 };
    },
  };
}

const ASK_AGAIN_MS = 60_000;

/** A client of the metadata service; undefined where it must not be asked (AWS_EC2_METADATA_DISABLED). */
export function metadataClient(
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly timeoutMs?: number; readonly attempts?: number } = {},
): ImdsClient | undefined {
  try {
    return createImds({ env, ...options });
  } catch {
    return undefined;
  }
}

async function askInstanceId(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const imds = metadataClient(env, { timeoutMs: 1_000, attempts: 1 });
  if (!imds) return undefined;
  try {
    return (await readIdentity(imds)).instanceId;
  } catch {
    return undefined;
  } finally {
    imds.close();
  }
}

async function readSwitch(path: string): Promise<boolean | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() !== '0';
  } catch {
    return undefined;
  }
}
