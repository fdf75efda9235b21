import { expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { SeenEvents, type SeenMinute } from '../../src/cloudwatch/index.js';

const event = fc.record({
  id: fc.integer({ min: 0, max: 30 }).map((id) => `3790${id}`),
  timestampMs: fc.integer({ min: 0, max: 600_000 }),
  ingestedAtMs: fc.integer({ min: 0, max: 600_000 }),
  stream: fc.constant('eni-1-all'),
  message: fc.constant(''),
});

test('an event is new once, also after its fingerprints went through a store', () => {
  fc.assert(
    fc.property(fc.array(fc.array(event, { maxLength: 10 }), { maxLength: 10 }), (pages) => {
      // An event's times never change.
      const known = new Map<string, (typeof pages)[number][number]>();
      const kept: SeenMinute[] = [];
      const fresh: string[] = [];
      for (const page of pages) {
        const events = page.map((each) => known.get(each.id) ?? (known.set(each.id, each), each));
        const seen = new SeenEvents(kept);
        const taken = seen.take(events);
        fresh.push(...taken.fresh.map(({ id }) => id));
        kept.push(...taken.added);
        expect(new SeenEvents(seen.minutes()).size).toBe(seen.size);
      }
      expect(fresh.sort()).toEqual([...known.keys()].sort());
    }),
    propertyOptions(300),
  );
});

test('minutes are forgotten, and fingerprints that are cut off refused', () => {
  const seen = new SeenEvents();
  const [first, second] = [0, 61_000].map((ms, index) => ({
    id: String(index),
    timestampMs: ms,
    ingestedAtMs: ms,
    stream: '',
    message: '',
  }));
  seen.take([first!, second!]);
  seen.forgetBefore(1);
  expect(seen.size).toBe(1);
  expect(seen.take([first!, second!]).fresh).toEqual([first]);
  expect(() => new SeenEvents([{ minute: 1, fingerprints: new Uint8Array(13) }])).toThrow('cut off');
});
