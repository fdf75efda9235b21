import { AwsError } from '../errors/aws-error.js';
import { parseRegion } from '../ids/resource-ids.js';
import { createImds } from '../imds/client.js';
import { readIdentity } from '../imds/identity.js';

/** Where a region may come from. */
export interface RegionSources {
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal | undefined;
}

/**
 * The region to work in: as given, `auto` from the instance metadata, else AWS_REGION, AWS_DEFAULT_REGION and the
 * profile. The SDK for JavaScript does not read AWS_DEFAULT_REGION; the AWS CLI does, and people expect it.
 *
 * @throws {AwsInputError} NET_AWS_REGION, exit code 2, for a text that is no region
 * @throws {AwsError} NET_AWS_REGION, exit code 3, when there is none
 */
export async function resolveRegion(sources: RegionSources): Promise<string> {
  const { env } = sources;
  if (sources.region === 'auto') return await fromMetadata(env, sources.signal);
  const given = sources.region ?? filled(env['AWS_REGION']) ?? filled(env['AWS_DEFAULT_REGION']);
  const found = given ?? (await fromProfile(sources.profile));
  if (found !== undefined) return parseRegion(found);
  throw new AwsError('NET_AWS_REGION', 'no region is known', {
    exitCode: 3,
    hint: 'Give --region (auto asks the instance metadata), or set AWS_REGION or the region of the profile.',
  });
}

async function fromMetadata(env: RegionSources['env'], signal: AbortSignal | undefined): Promise<string> {
  const imds = createImds({ env });
  try {
    return (await readIdentity(imds, signal)).region;
  } finally {
    imds.close();
  }
}

async function fromProfile(profile: string | undefined): Promise<string | undefined> {
  const { NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS, loadConfig } = await import(
    '@smithy/core/config'
  );
  const load = loadConfig<string | undefined>(
    { ...NODE_REGION_CONFIG_OPTIONS, default: () => undefined },
    { ...NODE_REGION_CONFIG_FILE_OPTIONS, ...(profile === undefined ? {} : { profile }) },
  );
  return filled(await load());
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
