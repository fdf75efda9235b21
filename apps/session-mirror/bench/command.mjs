import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/session-mirror.js', import.meta.url));
const usage = `data:text/javascript,${encodeURIComponent(
  "process.on('exit',()=>{const u=process.resourceUsage();process.stderr.write('\\nUSAGE '+JSON.stringify([u.userCPUTime+u.systemCPUTime,u.maxRSS])+'\\n')})",
)}`;

/** Runs the command as its user would; what it cost. */
export async function runCommand({ sandbox, region }, ...args) {
  const { accessKeyId, secretAccessKey } = sandbox.credentials();
  const before = sandbox.calls.total;
  const begunAt = performance.now();
  const child = spawn(process.execPath, ['--import', usage, program, ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      AWS_ENDPOINT_URL: sandbox.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part) => {
    text = (text + part).slice(-10_000);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const [cpuUs, maxRssKib] = JSON.parse(/USAGE (\[.*\])/.exec(text)[1]);
  return {
    code,
    calls: sandbox.calls.total - before,
    seconds: Number(((performance.now() - begunAt) / 1000).toFixed(1)),
    'CPU s': Number((cpuUs / 1e6).toFixed(2)),
    'most MiB': Math.round(maxRssKib / 1024),
  };
}
