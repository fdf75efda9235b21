export { Alarm } from './alarm.js';
export { ownerOf, planShares, type ShareFacts, type SharePlan } from './plan-shares.js';
export { shareShards, type ShareOptions } from './share-shards.js';
