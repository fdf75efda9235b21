// Runs the engine in this process's namespace for a test: host.mjs CONFIG HOOK. Commands are lines on stdin, events and
// answers JSON lines on stdout. The hook runs without a shell before `endpointReady`; 'none': never ready, '': at once.
import { execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { probeKernelPath, startEngine } from '../../dist/index.js';

const [, , configText, hook] = process.argv;
const config = JSON.parse(configText);
if (config.endpoints) config.endpoints = config.endpoints.map((eni) => BigInt(`0x${eni}`));
const say = (value) =>
  process.stdout.write(
    `${JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? each.toString(16).padStart(16, '0') : each instanceof Uint8Array ? Buffer.from(each).toString('hex') : each))}\n`,
  );

let tunnel;
try {
  tunnel = startEngine(config, (event) => {
    if (event.type === 'endpoint-created' && hook !== 'none') {
      if (hook && !event.adopted)
        execFileSync(hook, ['CREATE', event.gwi, event.gwo, event.eniId.toString(16)]);
      tunnel.endpointReady(event.eniId);
    }
    say({ event });
  });
} catch (error) {
  say({ failed: error.code, errno: error.errno, message: error.message });
  process.exit(3);
}
const commands = {
  stats: () => tunnel.stats(),
  ready: (eni) => tunnel.endpointReady(BigInt(`0x${eni}`)),
  remove: (eni) => tunnel.removeEndpoint(BigInt(`0x${eni}`)),
  decap: (on) => tunnel.setDecapOnly(on === 'on') ?? true,
  probe: () => probeKernelPath(),
  expire: () => tunnel.expireFlows(),
  capture: (json) => tunnel.setCapture(JSON.parse(json)) ?? true,
  read: () => tunnel.readCapture(),
  block: (ms) => {
    const end = Date.now() + Number(ms);
    while (Date.now() < end);
    return true;
  },
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const [id, name, argument] = line.split(' ');
  if (name === 'stop') void tunnel.stop(100).then(() => (say({ id, answer: true }), process.exit(0)));
  else say({ id, answer: commands[name](argument) });
});
say({ started: process.pid });
