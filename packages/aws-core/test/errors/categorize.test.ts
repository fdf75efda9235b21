import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { propertyOptions } from '@net/testing';

import { AwsApiError, AwsError, categorize, redactSecrets, toAwsError } from '../../src/index.js';

const CODES: readonly (readonly [string, string])[] = [
  ['RequestLimitExceeded', 'throttled'],
  ['Throttling', 'throttled'],
  ['UnauthorizedOperation', 'denied'],
  ['AccessDenied', 'denied'],
  ['AuthFailure', 'denied'],
  ['InvalidRouteTableID.NotFound', 'not-found'],
  ['InvalidRouteTableId.Malformed', 'invalid'],
  ['InvalidRoute.InvalidState', 'conflict'],
  ['LoadBalancerNotFoundException', 'not-found'],
  ['RouteAlreadyExists', 'conflict'],
  ['TrafficMirrorSessionsPerInterfaceLimitExceeded', 'conflict'],
  ['RouteLimitExceeded', 'conflict'],
  ['TrafficMirrorTargetInUseException', 'conflict'],
  ['IdempotentParameterMismatch', 'conflict'],
  ['DryRunOperation', 'dry-run'],
  ['InternalError', 'transient'],
  ['ECONNRESET', 'transient'],
  ['InvalidParameterValue', 'invalid'],
  ['ExpiredToken', 'expired-credentials'],
  ['RequestExpired', 'expired-credentials'],
  ['SomethingNew', 'unknown'],
];

describe('categorize', () => {
  test.each(CODES)('%s is %s', (name, category) => {
    const error = Object.assign(new Error('words'), { name, $metadata: { httpStatusCode: 400 } });
    expect(categorize(error)).toMatchObject({ category, code: name });
  });

  test('finds the missing action in the text and leaves the encoded message whole', () => {
    const encoded = 'x'.repeat(900);
    const error = Object.assign(
      new Error(
        'You are not authorized to perform this operation. User: arn:aws:iam::1:user/a is not authorized to perform: ec2:ReplaceRoute on resource: r. Encoded authorization failure message: ' +
          encoded,
      ),
      { name: 'UnauthorizedOperation', $metadata: { httpStatusCode: 403, requestId: 'r-1' } },
    );
    const found = categorize(error);
    expect(found).toMatchObject({ action: 'ec2:ReplaceRoute', retryable: false, requestId: 'r-1' });
    expect(found.message).toContain(encoded);
    const typed = toAwsError(error);
    expect(typed).toMatchObject({ code: 'NET_AWS_DENIED', exitCode: 3, cause: error });
    expect((typed as AwsError).hint).toBe('Allow ec2:ReplaceRoute in the policy of this identity.');
  });

  test('a network error without a meaningful name goes by its system code', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(categorize(error)).toMatchObject({ category: 'transient', code: 'ECONNREFUSED', retryable: true });
  });

  test('aborts and errors of the family pass through as they are', () => {
    const abort = new DOMException('stop', 'AbortError');
    const own = new AwsError('NET_AWS_PAGES', 'x');
    expect(toAwsError(abort)).toBe(abort);
    expect(toAwsError(own)).toBe(own);
  });

  test('anything that can be thrown is categorized, on one line, and never throws', () => {
    const thrown = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
      fc.record({
        name: fc.anything(),
        message: fc.anything(),
        code: fc.anything(),
        $metadata: fc.anything(),
        cause: fc.anything(),
      }),
      fc.string().map((message) => new Error(message)),
    );
    fc.assert(
      fc.property(thrown, (value) => {
        const found = categorize(value);
        expect(found.message).not.toMatch(/[\n\r\0]/);
        const typed = toAwsError(value);
        expect(typed).toBeInstanceOf(Error);
        if (typed instanceof AwsApiError) expect(typed.message.split('\n')).toHaveLength(1);
      }),
      propertyOptions(500),
    );
    const trap = {
      get name(): string {
        throw new Error('trap');
      },
    };
    expect(categorize(trap).category).toBe('unknown');
  });
});

describe('redactSecrets', () => {
  test('takes out what would let a reader act as somebody else', () => {
    const text = redactSecrets(
      'The canonical string: x-amz-security-token:IQoJb3JpZ2luX2VjEXAMPLE== Credential=AKIAIOSFODNN7EXAMPLE/20260101 ' +
        `Signature=${'ab'.repeat(32)} aws_secret_access_key = wJalrXUtnFEMI/K7MDENG "SecretAccessKey":"abc/def"`,
    );
    for (const secret of ['IQoJb3', 'IOSFODNN7', 'abababab', 'wJalr', 'abc/def'])
      expect(text).not.toContain(secret);
    expect(text).toContain('AKIA...MPLE');
  });

  test('generated key ids and tokens never survive in any surrounding', () => {
    const keyId = fc.stringMatching(/^(AKIA|ASIA)[A-Z0-9]{16}$/);
    const token = fc.stringMatching(/^[A-Za-z0-9+/]{20,80}$/);
    fc.assert(
      fc.property(fc.string(), keyId, token, fc.string(), (before, id, secret, after) => {
        const text = redactSecrets(`${before} ${id} X-Amz-Security-Token=${secret} ${after}`);
        expect(text).not.toContain(id);
        expect(text).not.toContain(secret);
      }),
      propertyOptions(300),
    );
  });
});
