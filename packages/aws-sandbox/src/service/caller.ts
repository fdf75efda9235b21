import type { ApiError } from '../errors.js';
import { type SignatureClaim, readSignature, verifySignature } from '../http/sigv4.js';
import { type Principal, accountPrincipal } from '../iam/principals.js';
import type { Protocol, WireRequest } from '../wire/protocol.js';
import { formFields, queryProtocol } from '../wire/query-protocol.js';
import { jsonProtocol } from '../wire/json-protocol.js';
import type { World } from '../world/world.js';
import type { Location, ServiceDefinition } from './definition.js';
import { standardErrors } from './standard-errors.js';

/** Whom a request comes from, and what it is for. */
export interface Caller {
  readonly service: ServiceDefinition;
  readonly location: Location;
  readonly principal: Principal;
}

interface IdentifyOptions {
  readonly world: World;
  readonly services: readonly ServiceDefinition[];
  readonly defaultAccountId: string;
  readonly verifySignatures: boolean;
}

/** Service and region from the credential scope, account and principal from the access key. */
export function identifyCaller(
  request: WireRequest,
  options: IdentifyOptions,
): Caller | { readonly error: ApiError; readonly protocol: Protocol } {
  const claim = readSignature(request);
  const service = findService(request, claim, options.services);
  if (!service) {
    const protocol = fallbackProtocol(request);
    const error = claim
      ? standardErrors.invalidAction(
          protocol.dialect,
          `${claim.service} (a service the sandbox does not serve)`,
        )
      : standardErrors.noCredentials(protocol.dialect);
    return { error, protocol };
  }
  const { protocol } = service;
  if (!claim) return { error: standardErrors.noCredentials(protocol.dialect), protocol };
  const key = options.world.principals.key(claim.accessKeyId);
  if (!key) {
    if (options.verifySignatures) return { error: standardErrors.unknownKey(protocol.dialect), protocol };
    // Twelve digits as a key name an account: handy where no key was made for it.
    const accountId = /^\d{12}$/.test(claim.accessKeyId) ? claim.accessKeyId : options.defaultAccountId;
    return { service, location: { accountId, region: claim.region }, principal: accountPrincipal(accountId) };
  }
  if (key.expiresAtMs !== undefined && key.expiresAtMs <= options.world.clock.now()) {
    return { error: standardErrors.expiredToken(protocol.dialect), protocol };
  }
  if (key.sessionToken !== undefined && key.sessionToken !== claim.sessionToken) {
    return { error: standardErrors.unknownKey(protocol.dialect), protocol };
  }
  if (options.verifySignatures && !verifySignature(request, claim, key.secretAccessKey)) {
    return { error: standardErrors.badSignature(protocol.dialect), protocol };
  }
  return {
    service,
    location: { accountId: key.principal.accountId, region: claim.region },
    principal: key.principal,
  };
}

function findService(
  request: WireRequest,
  claim: SignatureClaim | undefined,
  services: readonly ServiceDefinition[],
): ServiceDefinition | undefined {
  const candidates = claim ? services.filter((service) => service.signingNames.includes(claim.service)) : [];
  if (candidates.length <= 1) return candidates[0];
  const version = formFields(request).get('Version');
  return (
    candidates.find((service) => version !== null && service.versions?.includes(version)) ?? candidates[0]
  );
}

function fallbackProtocol(request: WireRequest): Protocol {
  return request.headers['x-amz-target'] === undefined
    ? queryProtocol({ xmlNamespace: 'http://webservices.amazon.com/AWSFault/2005-15-09' })
    : jsonProtocol({ version: '1.1', targetPrefix: '' });
}
