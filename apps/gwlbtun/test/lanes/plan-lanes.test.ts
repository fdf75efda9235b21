import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { HandlerError, parseCoreList, planLanes } from '../../src/index.js';

const none = { udpThreads: undefined, udpCores: undefined, tunThreads: undefined, tunCores: undefined };
const both = { udp: true, tun: true };

describe('lists of cores', () => {
  test.each([
    ['1-2,4,7-8', [1, 2, 4, 7, 8]],
    ['0', [0]],
    [' 3 , 1 - 2 ', [3, 1, 2]],
  ])('%s', (text, cores) => {
    expect(parseCoreList(text)).toEqual(cores);
  });

  // The original ends with an uncaught exception (status 134) for these.
  test.each(['', '1,', 'a', '2-1', '1-', '-1', '1,1', '0-3,2', '1024', '1;2', '1-2-3'])(
    '%j is refused',
    (text) => {
      expect(() => parseCoreList(text)).toThrow(HandlerError);
    },
  );

  test('any text gives a list or the error of an option', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('0', '1', '9', ',', '-', ' ', 'x') }), (text) => {
        try {
          expect(parseCoreList(text).every((core) => core >= 0 && core <= 1023)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(HandlerError);
        }
      }),
      propertyOptions(),
    );
  });
});

describe('threads', () => {
  test('by default one for each available core, each with both roles', () => {
    expect(planLanes(none, [2, 5])).toEqual([both, both]);
  });

  test('equal lists of cores are joined core by core', () => {
    expect(planLanes({ ...none, udpCores: [1, 2], tunCores: [2, 1] }, [0, 1, 2])).toEqual([
      { cpu: 1, ...both },
      { cpu: 2, ...both },
    ]);
  });

  test('different cores stay threads of their own', () => {
    expect(planLanes({ ...none, udpCores: [0], tunCores: [1] }, [0, 1])).toEqual([
      { cpu: 0, udp: true, tun: false },
      { cpu: 1, udp: false, tun: true },
    ]);
  });

  test('more of one kind', () => {
    expect(planLanes({ ...none, udpThreads: 3, tunThreads: 1 }, [0])).toEqual([
      both,
      { udp: true, tun: false },
      { udp: true, tun: false },
    ]);
    expect(planLanes({ ...none, udpThreads: 1, tunThreads: 2 }, [0])).toEqual([
      both,
      { udp: false, tun: true },
    ]);
  });

  test('affinity wins over a number, and a number joins it', () => {
    expect(planLanes({ ...none, udpThreads: 9, udpCores: [1], tunThreads: 1 }, [0, 1])).toEqual([
      { cpu: 1, ...both },
    ]);
    expect(planLanes({ ...none, udpThreads: 2, tunCores: [1] }, [0, 1])).toEqual([
      { cpu: 1, ...both },
      { udp: true, tun: false },
    ]);
  });

  test('a core that is not there is named', () => {
    expect(() => planLanes({ ...none, udpCores: [7] }, [0, 1])).toThrow('core 7 is not available');
  });

  test('too many threads are refused, not fatal', () => {
    expect(() =>
      planLanes(
        { ...none, udpThreads: 100, tunCores: Array.from({ length: 60 }, (_, i) => i) },
        Array.from({ length: 60 }, (_, i) => i),
      ),
    ).not.toThrow();
    expect(() =>
      planLanes(
        {
          ...none,
          udpCores: Array.from({ length: 100 }, (_, i) => i),
          tunCores: Array.from({ length: 100 }, (_, i) => i + 100),
        },
        Array.from({ length: 200 }, (_, i) => i),
      ),
    ).toThrow('more than 128');
  });

  test('every plan has the roles that were asked for', () => {
    const cores = fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 8 });
    const side = fc.record({
      threads: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
      cores: fc.option(cores, { nil: undefined }),
    });
    fc.assert(
      fc.property(side, side, (udp, tun) => {
        const lanes = planLanes(
          { udpThreads: udp.threads, udpCores: udp.cores, tunThreads: tun.threads, tunCores: tun.cores },
          [0, 1, 2, 3, 4, 5, 6, 7],
        );
        expect(lanes.filter((lane) => lane.udp)).toHaveLength(udp.cores?.length ?? udp.threads ?? 8);
        expect(lanes.filter((lane) => lane.tun)).toHaveLength(tun.cores?.length ?? tun.threads ?? 8);
        for (const core of udp.cores ?? [])
          expect(lanes.some((lane) => lane.cpu === core && lane.udp)).toBe(true);
        for (const core of tun.cores ?? [])
          expect(lanes.some((lane) => lane.cpu === core && lane.tun)).toBe(true);
        expect(lanes.every((lane) => lane.udp || lane.tun)).toBe(true);
      }),
      propertyOptions(),
    );
  });
});
