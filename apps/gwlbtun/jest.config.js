import { base } from '../../jest.base.js';

// Most of the time these tests wait for processes in namespaces of their own: two files at a time lose nothing.
export default { ...base, displayName: 'gwlbtun', maxWorkers: process.env.NET_TEST_WORKERS ?? 2 };
