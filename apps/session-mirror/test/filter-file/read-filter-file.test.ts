import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { SessionMirrorError } from '../../src/errors.js';
import { parseFilterFile } from '../../src/filter-file/read-filter-file.js';
import { fullTrafficFilter, hasContent } from '../../src/policy/filter-spec.js';

const parse = (text: string): ReturnType<typeof parseFilterFile> => parseFilterFile(text, 'f.yaml');

test('defaults are every IPv4 address, or every IPv6 address where the other end is one', async () => {
  const { filter } = await parse(`
rules:
  - { direction: egress, number: 1, action: accept, destination: 10.0.0.0/8 }
  - { direction: egress, number: 2, action: reject, source: '2001:db8::/32', protocol: icmpv6 }
  - { direction: ingress, number: 1, action: accept, protocol: udp, sourcePorts: 53 }
`);
  expect(filter.rules).toEqual([
    { direction: 'egress', number: 1, action: 'accept', source: '0.0.0.0/0', destination: '10.0.0.0/8' },
    {
      direction: 'egress',
      number: 2,
      action: 'reject',
      source: '2001:db8::/32',
      destination: '::/0',
      protocol: 58,
    },
    {
      direction: 'ingress',
      number: 1,
      action: 'accept',
      source: '0.0.0.0/0',
      destination: '0.0.0.0/0',
      protocol: 17,
      sourcePorts: [53, 53],
    },
  ]);
});

test('the filter of the original, written down, is equal to the built-in one', async () => {
  const { filter } = await parse(
    JSON.stringify({ ...fullTrafficFilter, rules: fullTrafficFilter.rules.map((rule) => ({ ...rule })) }),
  );
  expect(hasContent({ id: 'tmf-1', tags: {}, ...filter }, fullTrafficFilter)).toBe(true);
});

const good = '{ direction: ingress, number: 1, action: accept }';

describe('what is wrong is said with its place', () => {
  test.each([
    ['', 'f.yaml: expected keys and values'],
    ['a: [', 'f.yaml: Flow sequence'],
    ['rules: 7', 'rules: expected a list'],
    ['rules: []', 'a filter without rules mirrors nothing'],
    [`rules: [${good}]\npacketlength: 9`, '"packetlength" is not known'],
    [`rules: [${good}]\npacketLength: 9000`, 'packetLength: expected a whole number from 1 to 8500'],
    [`rules: [${good}]\nservices: [dns]`, 'services: expected amazon-dns'],
    [`rules: [${good}, ${good}]`, 'two ingress rules have the same number'],
    [
      `rules: [${Array.from({ length: 11 }, (_, at) => good.replace('1', String(at + 1))).join()}]`,
      'more than 10',
    ],
    ['rules: [{ direction: ingress, number: 0, action: accept }]', 'rules[0].number: expected'],
    ['rules: [{ direction: ingress, action: accept }]', 'rules[0].number: is missing'],
    [`rules: [${good.replace('}', ', source: 10.0.0.0/33 }')}]`, 'rules[0].source: "10.0.0.0/33" is no CIDR'],
    [`rules: [${good.replace('}', ', source: 10.0.0/8 }')}]`, 'is no CIDR'],
    [`rules: [${good.replace('}', ", source: 10.0.0.0/8, destination: '::/0' }")}]`, 'two families'],
    [`rules: [${good.replace('}', ', sourcePorts: 1-2 }')}]`, 'ports are for tcp and udp'],
    [`rules: [${good.replace('}', ', protocol: tcp, sourcePorts: 2-1 }')}]`, 'expected a port or FROM-TO'],
  ])('%j', async (text, words) => {
    await expect(parse(text)).rejects.toMatchObject({
      code: 'NET_SESSION_MIRROR_FILTER',
      exitCode: 2,
      message: expect.stringContaining(words),
    });
  });
});

test('any text is read or refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .record({
            rules: fc.array(
              fc.dictionary(fc.constantFrom('direction', 'number', 'source', 'protocol'), fc.jsonValue()),
            ),
          })
          .map((value) => JSON.stringify(value)),
      ),
      async (text) => {
        try {
          const { filter } = await parse(text);
          expect(filter.rules.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(SessionMirrorError);
        }
      },
    ),
    propertyOptions(500),
  );
});
