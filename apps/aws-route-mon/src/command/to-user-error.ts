import { AwsApiError, AwsError } from '@net/aws-core';
import { RouteMonError } from '../errors.js';

/**
 * The failure with the original's exit code: 110 when no connection came about or there are no credentials, 111 when
 * EC2 answered with an error. Errors that already say what the process ends with stay as they are.
 */
export function toUserError(error: unknown): unknown {
  if (error instanceof AwsError && error.code === 'NET_AWS_CREDENTIALS') {
    return new RouteMonError('NET_ROUTE_MON_CONNECTION', error.message, { cause: error, hint: error.hint });
  }
  if (!(error instanceof AwsApiError)) return error;
  const hint = error.hint;
  const code = hasNoConnection(error) ? 'NET_ROUTE_MON_CONNECTION' : 'NET_ROUTE_MON_API';
  return new RouteMonError(code, error.message, { cause: error, hint });
}

/** No answer of EC2's at all: network, name, credentials that could not be found. */
function hasNoConnection(error: AwsApiError): boolean {
  return (
    error.category === 'expired-credentials' ||
    (error.category === 'transient' && error.requestId === undefined)
  );
}
