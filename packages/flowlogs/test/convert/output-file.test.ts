import { temporaryDirectory } from '@net/testing';
import { describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createWriter } from '../../src/convert/create-writer.js';
import { textFile } from '../../src/convert/output-file.js';

const folder = temporaryDirectory('output');
const nothing = (): void => undefined;

describe('a file that is written', () => {
  test('takes its place when it is whole', () => {
    const wanted = path.join(folder, 'whole.json');
    const text = textFile(wanted);
    text.write('one\n');
    expect(existsSync(wanted)).toBe(false);
    text.end();
    expect(readFileSync(wanted, 'utf8')).toBe('one\n');
  });

  test('leaves what was there before when it fails, and nothing beside it', () => {
    const wanted = path.join(folder, 'kept', 'before.csv');
    mkdirSync(path.dirname(wanted));
    writeFileSync(wanted, 'before');
    const text = textFile(wanted);
    text.write('x'.repeat(100_000));
    text.abandon();
    expect(readFileSync(wanted, 'utf8')).toBe('before');
    expect(readdirSync(path.dirname(wanted))).toEqual(['before.csv']);
  });

  test.each(['json', 'csv', 'ocsf', 'parquet'] as const)('as %s: a folder is refused', async (to) => {
    await expect(createWriter(to, folder, nothing)).rejects.toMatchObject({ code: 'NET_FLOWLOGS_SOURCE' });
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  test('a device that is full is an error, and stays a device', () => {
    const text = textFile('/dev/full');
    expect(() => {
      text.write('x'.repeat(100_000));
      text.end();
    }).toThrow(/cannot write \/dev\/full: ENOSPC/);
    text.abandon();
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });
});
