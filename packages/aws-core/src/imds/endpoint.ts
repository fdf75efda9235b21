import { ImdsError } from './errors.js';

/** Environment, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The address of the metadata service: given, AWS_EC2_METADATA_SERVICE_ENDPOINT, else the one of
 * AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (`IPv4`, the default, or `IPv6`).
 *
 * @throws {ImdsError} NET_AWS_IMDS_DISABLED when AWS_EC2_METADATA_DISABLED is `true`, NET_AWS_IMDS_INVALID for an
 *   address that is none
 */
export function imdsEndpoint(
  env: Environment,
  options: { readonly endpoint?: string | undefined; readonly mode?: 'IPv4' | 'IPv6' | undefined } = {},
): URL {
  if (env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') {
    throw new ImdsError('NET_AWS_IMDS_DISABLED', '/', 'AWS_EC2_METADATA_DISABLED forbids to ask');
  }
  const text = options.endpoint ?? filled(env['AWS_EC2_METADATA_SERVICE_ENDPOINT']);
  const mode = options.mode ?? env['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE'] ?? 'IPv4';
  const address = text ?? (mode.toLowerCase() === 'ipv6' ? IPV6_ENDPOINT : IPV4_ENDPOINT);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:') return url;
  throw new ImdsError(
    'NET_AWS_IMDS_INVALID',
    '/',
    `${JSON.stringify(address.slice(0, 100))} is not an address of it: expected http://HOST[:PORT]`,
  );
}

// "Retrieve instance metadata", EC2 User Guide; both are link-local.
const IPV4_ENDPOINT = 'http://169.254.169.254';
const IPV6_ENDPOINT = 'http://[fd00:ec2::254]';

function filled(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
