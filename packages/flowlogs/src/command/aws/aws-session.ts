import { type Session, openSession } from '@net/aws-core';
import type { Context } from '@net/cli';
import { VERSION } from '../../version.js';
import type { SourceValues } from '../source-options.js';

/** The session of the options. */
export function sessionOf(values: SourceValues, { env, signal }: Context<object>): Promise<Session> {
  const { roleArn, externalId } = values;
  return openSession({
    app: { name: 'flowlogs', version: VERSION },
    region: values.region,
    profile: values.profile,
    roles: roleArn === undefined ? [] : [{ roleArn, externalId }],
    endpointUrl: values.endpointUrl,
    env,
    signal,
  });
}

/** An hour ago, as flowlogs-reader begins. */
export function spanOf({ startTime, endTime }: SourceValues): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  const toMs = endTime ?? Date.now();
  return { fromMs: startTime ?? toMs - 3_600_000, toMs };
}
