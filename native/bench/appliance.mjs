// The engine in a process of its own, as the benchmark runs it: appliance.mjs CONFIG HOOK, until SIGTERM, when it says what the
// kernel knows of its programs.
import { execFileSync } from 'node:child_process';
import { startEngine } from '../dist/index.js';

const [, , config, hook] = process.argv;
const tunnel = startEngine(JSON.parse(config), (event) => {
  if (event.type !== 'endpoint-created') return;
  execFileSync(hook, ['CREATE', event.gwi, event.gwo, event.eniId.toString(16)]);
  tunnel.endpointReady(event.eniId);
});
process.on('SIGTERM', () => {
  process.stdout.write(JSON.stringify(tunnel.stats().programs));
  void tunnel.stop(50);
});
process.stdout.write('ready\n');
