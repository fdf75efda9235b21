import { describe, expect, test } from '@jest/globals';
import { ErrorReply } from 'redis';
import { isPassing, replyCode, toStoreError } from '../../../src/store/redis/connection/failures.js';
import { readAddress } from '../../../src/store/redis/options.js';

describe('what a server answers', () => {
  test.each([
    ['OOM command not allowed when used memory > maxmemory.', 'OOM', false],
    ['LOADING Redis is loading the dataset in memory', 'LOADING', true],
    [
      'READONLY You cannot write against a read only replica. script: f_1, on @user_script:2.',
      'READONLY',
      true,
    ],
    ['BUSY Redis is busy running a script.', 'BUSY', true],
    [
      'ERR Error running script (call to f_1): @user_script:3: @user_script: 3: -OOM command not allowed',
      'OOM',
      false,
    ],
    ['ERR unknown command', 'ERR', false],
  ])('%s', (message, code, passes) => {
    const error = new ErrorReply(message);
    expect(replyCode(error)).toBe(code);
    expect(isPassing(error)).toBe(passes);
  });

  test('a connection that breaks may be made again, a wrong argument stays wrong', () => {
    expect(isPassing(new Error('Socket closed unexpectedly'))).toBe(true);
    expect(isPassing(new TypeError('Invalid argument type'))).toBe(false);
  });

  test('a secret in a message is left out, with the error that has it', () => {
    const error = toStoreError(new Error('AUTH user hunter2 failed'), ['hunter2']);
    expect(error).toMatchObject({ code: 'NET_TRACKER_STORE', message: 'Redis: AUTH user *** failed' });
    expect(error.cause).toBeUndefined();
  });
});

describe('addresses', () => {
  test.each([
    ['redis://example.org', { host: 'example.org', port: 6379, isTls: false, database: 0 }],
    [
      'rediss://a%40b:c%2Fd@example.org:1234/5',
      { port: 1234, isTls: true, username: 'a@b', password: 'c/d', database: 5 },
    ],
    ['redis://[::1]:7', { host: '::1', port: 7 }],
    ['redis://:secret@h', { username: undefined, password: 'secret' }],
  ])('%s', (url, expected) => {
    expect(readAddress(url, {})).toMatchObject(expected);
  });

  test('defaults are for what the url leaves open', () => {
    const defaults = { username: 'u', password: 'p', port: 1 };
    expect(readAddress('redis://h', defaults)).toMatchObject(defaults);
    expect(readAddress('redis://:own@h:2', defaults)).toMatchObject({ password: 'own', port: 2 });
  });
});
