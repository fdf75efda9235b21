import { ApiError } from '../errors.js';

/** Says whether a message passes. */
export type MessageFilter = (message: string) => boolean;

/** The error of CloudWatch Logs for a filter pattern that does not parse. */
export function invalidPattern(reason: string): ApiError {
  return new ApiError('InvalidParameterException', `Invalid filter pattern. ${reason}`);
}
