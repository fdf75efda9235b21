import { applyPlan, observe, planChanges } from '@net/iproute';

const ownership = {
  protocol: 99,
  tables: { first: 500, last: 509 },
  priorities: { first: 2000, last: 2009 },
};
const wanted = {
  routes: [
    {
      family: 'inet',
      type: 'unreachable',
      destination: '203.0.113.0/24',
      table: 500,
      reason: 'not ours to reach',
    },
  ],
  rules: [
    {
      family: 'inet',
      priority: 2000,
      source: '192.0.2.0/24',
      table: 500,
      reason: 'the lab uses its own table',
    },
  ],
};
const plan = planChanges(await observe(), wanted, ownership);
for (const action of plan.actions) console.log(`${action.line}  # ${action.reason}`);
console.log((await applyPlan(plan)).executed);
console.log(planChanges(await observe(), wanted, ownership).actions);
const none = { routes: [], rules: [] };
console.log((await applyPlan(planChanges(await observe(), none, ownership))).executed);
