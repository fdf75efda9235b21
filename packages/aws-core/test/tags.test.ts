import { describe, expect, test } from '@jest/globals';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import fc from 'fast-check';

import { propertyOptions } from '@net/testing';

import { createClient, nameTag, tagFilters, tagList, tagsFromList, validateTags } from '../src/index.js';
import { openSandbox, sandboxSession } from './open-sandbox.js';

const key = fc
  .string({ minLength: 1, maxLength: 60 })
  .filter((text) => !/^aws:/i.test(text) && !/\p{Cc}/u.test(text));
const value = fc.string({ maxLength: 100 }).filter((text) => !/\p{Cc}/u.test(text));

describe('tags', () => {
  test('object and list are inverse', () => {
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 20, noNullPrototype: false }), (tags) => {
        expect({ ...tagsFromList(tagList(tags)) }).toEqual({ ...tags });
      }),
      propertyOptions(300),
    );
  });

  test('a key like __proto__ is a key like others', () => {
    expect(Object.keys(tagsFromList([{ Key: '__proto__', Value: 'x' }]))).toEqual(['__proto__']);
  });

  test.each([
    [{ 'aws:x': '1' }, 'reserved'],
    [{ 'AWS:x': '1' }, 'reserved'],
    [{ '': '1' }, 'empty'],
    [{ ['k'.repeat(129)]: '1' }, '128'],
    [{ k: 'v'.repeat(257) }, '256'],
    [{ k: 'a\nb' }, 'control'],
    [Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, ''])), '51'],
  ])('%j is refused', (tags, why) => {
    expect(() => validateTags(tags)).toThrow(why);
  });

  test('name tag and filters', () => {
    expect(nameTag({ Name: ' ' })).toBeUndefined();
    expect(nameTag({ Name: 'nat' })).toBe('nat');
    expect(tagFilters({ a: 'b*', c: undefined })).toEqual([
      { Name: 'tag:a', Values: ['b\\*'] },
      { Name: 'tag-key', Values: ['c'] },
    ]);
  });

  test('filters find what was tagged, through the client', async () => {
    const sandbox = await openSandbox();
    sandbox.seed({
      regions: [
        {
          region: 'eu-west-1',
          vpcs: [
            { name: 'a', cidr: '10.0.0.0/16', tags: { team: 'x*' } },
            { name: 'b', cidr: '10.1.0.0/16', tags: { team: 'xy' } },
          ],
        },
      ],
    });
    const ec2 = await createClient(await sandboxSession(sandbox), EC2Client);
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: tagFilters({ team: 'x*' }) }));
    expect(Vpcs?.map((vpc) => nameTag(tagsFromList(vpc.Tags)))).toEqual(['a']);
    ec2.destroy();
  });
});
