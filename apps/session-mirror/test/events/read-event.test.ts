import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { readEvent } from '../../src/events/read-event.js';

const role = 'arn:aws:iam::123456789012:role/mirror';
const read = (event: unknown): ReturnType<typeof readEvent> => readEvent(event, role, 'Vectra');
const trail = (eventName: string, detail: object = {}): object => ({
  'detail-type': 'AWS API Call via CloudTrail',
  time: '2026-11-21T08:00:00Z',
  detail: { eventName, ...detail },
});
const tags = (key: string, resourceId: string): object => ({
  requestParameters: {
    resourcesSet: { items: [{ resourceId }] },
    tagSet: { items: [{ key, value: 'True' }] },
  },
});

describe('events', () => {
  test.each([
    [
      {
        'detail-type': 'EC2 Instance State-change Notification',
        detail: { state: 'running', 'instance-id': 'i-1' },
      },
      'full-pass',
    ],
    [
      { 'detail-type': 'EC2 Instance State-change Notification', detail: { state: 'terminated' } },
      'full-pass',
    ],
    [{ 'detail-type': 'EC2 Instance State-change Notification', detail: { state: 'stopping' } }, 'ignored'],
    [trail('RunInstances'), 'full-pass'],
    [trail('AttachNetworkInterface'), 'full-pass'],
    [trail('DeleteTrafficMirrorSession'), 'full-pass'],
    [trail('DeleteTrafficMirrorSession', { errorCode: 'Client.UnauthorizedOperation' }), 'ignored'],
    [
      trail('DeleteTrafficMirrorSession', {
        userIdentity: { sessionContext: { sessionIssuer: { arn: role } } },
      }),
      'ignored',
    ],
    [trail('CreateTags', tags('Vectra:session_mirroring_blacklist', 'i-0123456789abcdef0')), 'full-pass'],
    [trail('DeleteTags', tags('Vectra:session_mirroring_target', 'vpc-0123456789abcdef0')), 'full-pass'],
    [trail('CreateTags', tags('Name', 'i-0123456789abcdef0')), 'ignored'],
    [trail('CreateTags', tags('Vectra:session_mirroring_blacklist', 'vol-0123456789abcdef0')), 'ignored'],
    [trail('CreateTags'), 'full-pass'],
    [trail('DescribeVpcs'), 'ignored'],
    [{ 'detail-type': 'Scheduled Event' }, 'full-pass'],
    [
      {
        'detail-type': 'GuardDuty Finding',
        detail: { resource: { instanceDetails: { instanceId: 'i-0123456789abcdef0' } } },
      },
      'finding',
    ],
    [{ 'detail-type': 'GuardDuty Finding', detail: { resource: { accessKeyDetails: {} } } }, 'ignored'],
    [undefined, 'full-pass'],
  ])('%j is %s', (event, kind) => {
    expect(read(event).kind).toBe(kind);
  });

  test('anything can come', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.constantFrom(undefined, 'GuardDuty Finding', 'AWS API Call via CloudTrail'),
        (event, type) => {
          expect(read(type === undefined ? event : { 'detail-type': type, detail: event })).toHaveProperty(
            'kind',
          );
        },
      ),
      propertyOptions(500),
    );
  });
});
