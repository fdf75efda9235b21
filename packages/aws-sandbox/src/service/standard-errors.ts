import { ApiError } from '../errors.js';
import type { Dialect } from '../wire/protocol.js';

/** The errors of {@link standardErrors}. */
export interface StandardErrors {
  invalidAction(dialect: Dialect, action: string | undefined): ApiError;
  missingParameter(dialect: Dialect, name: string): ApiError;
  unknownParameter(dialect: Dialect, name: string): ApiError;
  malformed(dialect: Dialect, path: string, reason: string): ApiError;
  unsupported(dialect: Dialect, action: string, name: string): ApiError;
  throttled(dialect: Dialect): ApiError;
  denied(
    dialect: Dialect,
    principalArn: string,
    action: string,
    resource: string,
    explicit: boolean,
  ): ApiError;
  noCredentials(dialect: Dialect): ApiError;
  unknownKey(dialect: Dialect): ApiError;
  expiredToken(dialect: Dialect): ApiError;
  badSignature(dialect: Dialect): ApiError;
  internal(dialect: Dialect): ApiError;
  tokenMismatch(): ApiError;
  dryRun(): ApiError;
}

/** The errors that every service of a protocol family shares, with the codes of that family. */
export const standardErrors: StandardErrors = {
  invalidAction: (dialect: Dialect, action: string | undefined): ApiError => {
    if (dialect === 'json') {
      return new ApiError(
        'UnknownOperationException',
        `The operation ${action ?? ''} is not known.`.replace('  ', ' '),
      );
    }
    if (action === undefined)
      return new ApiError('MissingAction', 'The request is missing an Action parameter.');
    if (dialect === 'rest-xml')
      return new ApiError('NotImplemented', `The operation ${action} is not served.`, 501);
    return new ApiError('InvalidAction', `The action ${action} is not valid for this web service.`);
  },
  missingParameter: (dialect: Dialect, name: string): ApiError => {
    if (dialect === 'json')
      return new ApiError(
        'ValidationException',
        `Value at '${name}' failed to satisfy constraint: Member must not be null`,
      );
    if (dialect === 'query')
      return new ApiError('ValidationError', `The request must contain the parameter ${name}.`);
    return new ApiError('MissingParameter', `The request must contain the parameter ${name}`);
  },
  unknownParameter: (dialect: Dialect, name: string): ApiError => {
    if (dialect === 'json') return new ApiError('SerializationException', `Unknown member: ${name}`);
    return new ApiError('UnknownParameter', `The parameter ${name} is not recognized`);
  },
  malformed: (dialect: Dialect, path: string, reason: string): ApiError => {
    if (dialect === 'json') return new ApiError('SerializationException', `${path}: ${reason}`);
    if (dialect === 'query') return new ApiError('ValidationError', `${path}: ${reason}`);
    return new ApiError('InvalidParameterValue', `Value for parameter ${path} is invalid. ${reason}`);
  },
  unsupported: (dialect: Dialect, action: string, name: string): ApiError =>
    new ApiError(
      dialect === 'json' ? 'UnsupportedOperationException' : 'UnsupportedOperation',
      `This simulation of ${action} does not know the parameter ${name}; it is refused rather than ignored.`,
    ),
  throttled: (dialect: Dialect): ApiError => {
    if (dialect === 'ec2-query') return new ApiError('RequestLimitExceeded', 'Request limit exceeded.', 503);
    if (dialect === 'json') return new ApiError('ThrottlingException', 'Rate exceeded');
    if (dialect === 'rest-xml') return new ApiError('SlowDown', 'Please reduce your request rate.', 503);
    return new ApiError('Throttling', 'Rate exceeded');
  },
  denied: (
    dialect: Dialect,
    principalArn: string,
    action: string,
    resource: string,
    explicit: boolean,
  ): ApiError => {
    const because = explicit
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
    const text = `User: ${principalArn} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
    if (dialect === 'ec2-query') {
      return new ApiError(
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. ${text}`,
        403,
      );
    }
    if (dialect === 'json') return new ApiError('AccessDeniedException', text);
    return new ApiError('AccessDenied', text, 403);
  },
  noCredentials: (dialect: Dialect): ApiError => {
    if (dialect === 'ec2-query')
      return new ApiError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
    if (dialect === 'json')
      return new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
    return new ApiError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  },
  unknownKey: (dialect: Dialect): ApiError => {
    if (dialect === 'ec2-query')
      return new ApiError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
    if (dialect === 'json')
      return new ApiError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    if (dialect === 'rest-xml')
      return new ApiError(
        'InvalidAccessKeyId',
        'The AWS Access Key Id you provided does not exist in our records.',
        403,
      );
    return new ApiError(
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
      403,
    );
  },
  expiredToken: (dialect: Dialect): ApiError => {
    if (dialect === 'ec2-query') return new ApiError('RequestExpired', 'Request has expired.');
    if (dialect === 'json')
      return new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
    return new ApiError('ExpiredToken', 'The security token included in the request is expired', 403);
  },
  badSignature: (dialect: Dialect): ApiError => {
    const text =
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';
    if (dialect === 'json') return new ApiError('InvalidSignatureException', text);
    if (dialect === 'ec2-query')
      return new ApiError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
    return new ApiError('SignatureDoesNotMatch', text, 403);
  },
  internal: (dialect: Dialect): ApiError =>
    dialect === 'json'
      ? new ApiError('InternalFailure', 'An internal error has occurred.', 500)
      : new ApiError('InternalError', 'An internal error has occurred.', 500),
  tokenMismatch: (): ApiError =>
    new ApiError(
      'IdempotentParameterMismatch',
      'The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests.',
    ),
  dryRun: (): ApiError =>
    new ApiError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412),
};
