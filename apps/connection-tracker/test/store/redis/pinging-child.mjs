// Opens the store that its environment names, and says whether it answers.
import { openRedisStore } from '../../../dist/store/redis/index.js';

const store = await openRedisStore({ kind: 'redis', url: process.env.STORE_URL });
await store.ping();
console.log(`${store.kind} answers`);
await store.close();
