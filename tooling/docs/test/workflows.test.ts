import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { isPinned, sourceFiles, textOf, workflowActions } from '../src/index.js';

const workflows = sourceFiles(/\.ya?ml$/, '.github').filter((path) => path.includes('/workflows/'));

test.each(workflows)('%s pins every action by commit and says which release it is', (path) => {
  const uses = workflowActions(textOf(path));
  expect(uses.length).toBeGreaterThan(0);
  expect(uses.filter((use) => !isPinned(use) || use.release === undefined)).toEqual([]);
});

test('one action, one commit', () => {
  const references = new Map<string, Set<string>>();
  for (const { name, reference } of workflows.flatMap((path) => workflowActions(textOf(path)))) {
    references.set(name, (references.get(name) ?? new Set()).add(reference));
  }
  expect([...references].filter(([, commits]) => commits.size > 1)).toEqual([]);
});

test.each(workflows)('%s grants no more than reading unless a job says so', (path) => {
  const { permissions, jobs } = parse(textOf(path)) as {
    permissions: unknown;
    jobs: Record<string, { permissions?: Record<string, string>; 'timeout-minutes'?: number }>;
  };
  expect(permissions).toEqual({ contents: 'read' });
  expect(Object.entries(jobs).filter(([, job]) => job['timeout-minutes'] === undefined)).toEqual([]);
});

test('what is not a commit is seen', () => {
  const text =
    'jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - uses: ./.github/actions/own@main\n';
  expect(workflowActions(text).map(isPinned)).toEqual([false, true]);
});
