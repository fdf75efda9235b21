import { ApiError } from '../errors.js';
import type { LogGroup, LogStream, LogsState } from './state.js';

export function invalid(message: string): ApiError {
  return new ApiError('InvalidParameterException', message);
}

/** The group of that name, or of that ARN. */
export function needGroup(state: LogsState, name: string | undefined, identifier?: string): LogGroup {
  if (name !== undefined && identifier !== undefined) {
    throw invalid('LogGroup name and LogGroup ARN are mutually exclusive parameters.');
  }
  const wanted = name ?? /:log-group:([^:]+)/.exec(identifier ?? '')?.[1] ?? identifier;
  if (wanted === undefined) throw invalid('A log group must be named.');
  const group = Object.hasOwn(state.groups, wanted) ? state.groups[wanted] : undefined;
  if (!group) throw new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');
  return group;
}

export function needStream(group: LogGroup, name: string): LogStream {
  const stream = Object.hasOwn(group.streams, name) ? group.streams[name] : undefined;
  if (!stream) throw new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.');
  return stream;
}

/** Names of 1 to 512 letters, digits and `_-/.#`. */
export function checkGroupName(name: string): void {
  if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
    throw constraint(name, 'logGroupName', '[\\.\\-_/#A-Za-z0-9]+');
  }
}

/** Names of 1 to 512 characters other than colon and asterisk. */
export function checkStreamName(name: string): void {
  if (!/^[^:*]{1,512}$/.test(name)) throw constraint(name, 'logStreamName', '[^:*]*');
}

function constraint(value: string, member: string, pattern: string): ApiError {
  return invalid(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ` +
      `Member must satisfy regular expression pattern: ${pattern}`,
  );
}

/** Tokens are opaque to clients, carry what they belong to, and live 24 hours. */
export function writeToken(belongsTo: string, position: unknown, nowMs: number): string {
  return Buffer.from(JSON.stringify([belongsTo, position, nowMs])).toString('base64');
}

export function readToken(token: string, belongsTo: string, nowMs: number): unknown {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
  } catch {
    parts = undefined;
  }
  if (!Array.isArray(parts) || parts[0] !== belongsTo || !(nowMs - Number(parts[2]) <= 86_400_000)) {
    throw invalid('The specified nextToken is invalid.');
  }
  return parts[1];
}
