import { type DemoEvent, planDemo, runDemo } from '@net/multi-eni-routing/demo';

import { isRoot, type Narrator, type Stage, StageError } from '../stage.js';

/** An instance with four interfaces: silent on most addresses, mended, flushed. */
export const multiEniRouting: Stage = {
  tool: 'multi-eni-routing',
  purpose: 'every address of a host answers on the interface it was reached on',
  command: 'multi-eni-routing --dry-run, then multi-eni-routing',
  run: async (narrator, signal) => {
    if (!isRoot()) {
      await showPlan(narrator);
      return;
    }
    const silent = new Map<string, number>();
    await runDemo((event) => {
      if (event.kind === 'probed') silent.set(event.when, event.silent.length);
      tell(event, narrator);
    }, signal);
    if (silent.get('before') === 0) throw new StageError('every address answered before anything was done');
    if (silent.get('after') !== 0) throw new StageError('an address is silent after apply');
  },
};

async function showPlan(narrator: Narrator): Promise<void> {
  const plan = await planDemo();
  narrator.step(
    `not root, so no namespaces: the plan for a recorded host, ${plan.actions.length} lines, the first five`,
  );
  for (const action of plan.actions.slice(0, 5)) narrator.detail(action.line);
}

function tell(event: DemoEvent, narrator: Narrator): void {
  switch (event.kind) {
    case 'built':
      narrator.step(
        `built an instance with ${event.interfaces} interfaces, its VPC with strict source checks and a client (${milliseconds(event.tookMs)})`,
      );
      break;
    case 'probed': {
      const all = event.answered.length + event.silent.length;
      narrator.step(`${event.when}: ${event.answered.length} of ${all} TCP and UDP connections are answered`);
      if (event.silent.length > 0) narrator.detail(`silent: ${event.silent.slice(0, 4).join(', ')} ...`);
      break;
    }
    case 'applied':
      narrator.step(
        `applied ${event.lines.length} rules and routes in ${milliseconds(event.tookMs)}, such as`,
      );
      for (const line of event.lines.slice(0, 3)) narrator.detail(line);
      break;
    case 'second run':
      narrator.step(`second run: ${event.changes} changes (${milliseconds(event.tookMs)})`);
      break;
    case 'flushed':
      narrator.step(
        `flushed ${event.removed}; rules and routes are ${event.isAsBefore ? 'byte for byte as before' : 'NOT as before'}`,
      );
      if (!event.isAsBefore) throw new StageError('flush left something behind');
      break;
  }
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}
