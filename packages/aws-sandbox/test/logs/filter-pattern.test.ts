import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';

import { ApiError, compileFilterPattern } from '../../src/index.js';

const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';
const fields =
  'version, account, eni, source, destination, srcport, destport="22", protocol="6", packets, bytes, windowstart, windowend, action="ACCEPT", status';

describe('filter patterns', () => {
  test.each([
    ['', true],
    ['ACCEPT', true],
    ['ACCEPT REJECT', false],
    ['"ACCEPT OK"', true],
    ['-REJECT ACCEPT', true],
    ['-ACCEPT', false],
    ['?REJECT ?ACCEPT', true],
    ['?REJECT ?NODATA', false],
    [`[${fields}]`, true],
    [`[${fields.replace('"22"', '"23"')}]`, false],
    ['[..., action="ACCEPT", status]', true],
    ['[..., action="REJECT", status]', false],
    ['[version, account, eni, ...]', true],
    ['[version, account]', false],
    ['[v, a, eni, source=172.31.*, ...]', true],
    ['[v, a, eni, source!=172.31.*, ...]', false],
    ['[v, a, eni, source, destination, srcport>1024, destport<=22, ...]', true],
    ['[v, a, eni, source, destination, srcport>30000, ...]', false],
    ['[v, a, eni, s, d, sp, dp=443 || dp=22, ...]', true],
    ['[v, a, eni, s, d, sp, dp>20 && dp<22, ...]', false],
  ])('%s: %s', (pattern, expected) => {
    expect(compileFilterPattern(pattern)(line)).toBe(expected);
  });

  test('words in brackets and quotes are one field', () => {
    const pattern = compileFilterPattern('[host, who, time, request=*html*, status=4*, bytes]');
    expect(pattern('10.0.0.1 bob [10/Oct/2026 13:00] "GET /x.html HTTP/1.0" 404 12')).toBe(true);
    expect(pattern('10.0.0.1 bob [10/Oct/2026 13:00] "GET /x.html HTTP/1.0" 200 12')).toBe(false);
  });

  test('any pattern compiles or is refused with an error of the API', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '"',
      ',',
      '...',
      '=',
      '*',
      '&&',
      '||',
      'a',
      ' ',
      '{',
      '?',
      '-',
      '<',
      '1',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((p) => p.join('')),
        ),
        (pattern) => {
          try {
            expect(typeof compileFilterPattern(pattern)(line)).toBe('boolean');
          } catch (error) {
            expect(error).toBeInstanceOf(ApiError);
          }
        },
      ),
      propertyOptions(1000),
    );
  });
});
