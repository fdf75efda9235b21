import type { S3Client } from '@aws-sdk/client-s3';
import { createClient, type Session } from '@net/aws-core';

/**
 * A client that finds buckets in whatever region they are, and those of an endpoint that is none of AWS's, which knows
 * no bucket names in its host name.
 */
export async function openS3(
  session: Session,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const client = await createClient(session, S3Client);
  const config = client.config as { forcePathStyle?: boolean; followRegionRedirects?: boolean };
  config.followRegionRedirects = true;
  if (session.endpointUrl !== undefined || env['AWS_ENDPOINT_URL'] !== undefined)
    config.forcePathStyle = true;
  return client;
}
