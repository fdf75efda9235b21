import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { propertyOptions } from '@net/testing';

import {
  AwsInputError,
  formatArn,
  isResourceId,
  parseAccountId,
  parseArn,
  parseRegion,
  parseResourceId,
  partitionOfRegion,
  resourceKindOf,
} from '../../src/index.js';

const hex = (length: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));

describe('resource ids', () => {
  test('8 and 17 hexadecimal digits are ids, others are not', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('rtb', 'eni', 'vpc', 'tmt'),
        fc.integer({ min: 1, max: 20 }),
        (prefix, length) => {
          const text = `${prefix}-${'a'.repeat(length)}`;
          expect(resourceKindOf(text) !== undefined).toBe(length === 8 || length === 17);
        },
      ),
      propertyOptions(200),
    );
  });

  test('a good id comes back, whatever its digits', () => {
    fc.assert(
      fc.property(fc.oneof(hex(8), hex(17)), (digits) => {
        expect(parseResourceId('network-interface', `eni-${digits}`)).toBe(`eni-${digits}`);
        expect(resourceKindOf(`eni-attach-${digits}`)).toBe('network-interface-attachment');
      }),
      propertyOptions(200),
    );
  });

  test('any text is either accepted unchanged or refused with one line and exit code 2', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 400 })), (text) => {
        if (isResourceId('route-table', text)) return;
        try {
          parseResourceId('route-table', text);
          throw new Error('accepted');
        } catch (error) {
          expect(error).toBeInstanceOf(AwsInputError);
          expect(error).toMatchObject({ code: 'NET_AWS_ID', exitCode: 2 });
          expect((error as Error).message.length).toBeLessThan(700);
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      propertyOptions(300),
    );
  });

  test('the message says what it was instead', () => {
    expect(() => parseResourceId('route-table', 'eni-12345678')).toThrow(
      '"eni-12345678" is not a route-table id: that is the id of a network-interface; expected rtb-...',
    );
    expect(() => parseResourceId('vpc', 'vpc-XYZ')).toThrow('expected vpc- and 8 or 17 hexadecimal digits');
  });

  test.each([
    'eu-west-1',
    'us-gov-east-1',
    'ap-southeast-12',
    'us-iso-east-1',
    'mx-central-1',
    'eusc-de-east-1',
  ])('%s is a region', (region) => {
    expect(parseRegion(region)).toBe(region);
  });

  test.each(['', 'eu-west', 'eu_west_1', 'EU-WEST-1', 'eu-west-1a', 'https://x', 'eu-west-1\n'])(
    '%j is not a region',
    (text) => {
      expect(() => parseRegion(text)).toThrow(AwsInputError);
    },
  );

  test('account ids have twelve digits', () => {
    expect(parseAccountId('123456789012')).toBe('123456789012');
    expect(() => parseAccountId('12345678901')).toThrow('expected 12 digits');
  });
});

describe('ARNs', () => {
  test('parsing and formatting are inverse', () => {
    const arn = fc.record({
      partition: fc.constantFrom('aws', 'aws-cn', 'aws-us-gov'),
      service: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
      region: fc.constantFrom('', 'eu-west-1', 'cn-north-1'),
      accountId: fc.constantFrom('', '123456789012', 'aws'),
      resource: fc.stringMatching(/^[!-~]{1,60}$/),
    });
    fc.assert(
      fc.property(arn, (parts) => {
        expect(parseArn(formatArn(parts))).toEqual(parts);
      }),
      propertyOptions(300),
    );
  });

  test('anything else is refused with a typed error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(formatArn(parseArn(text))).toBe(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'NET_AWS_ARN' });
        }
      }),
      propertyOptions(300),
    );
  });

  test('partitions by region', () => {
    expect(['eu-west-1', 'cn-north-1', 'us-gov-west-1', 'us-isob-east-1'].map(partitionOfRegion)).toEqual([
      'aws',
      'aws-cn',
      'aws-us-gov',
      'aws-iso-b',
    ]);
  });
});
