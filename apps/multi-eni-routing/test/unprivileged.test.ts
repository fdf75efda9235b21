import { expect, test } from '@jest/globals';
import { runProcess, suite } from '@net/testing';
import { execFileSync } from 'node:child_process';

import { program } from './scene.js';

const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Whether an ordinary user may make a user namespace with a network of its own here. */
function mayUnshare(): boolean {
  try {
    execFileSync('unshare', ['-rmn', 'true'], { ...nobody, stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

suite('without root', [{ command: 'unshare' }, { command: 'flock' }], () => {
  test('apply says which privilege is missing and ends with 3', async () => {
    const args = [program, 'flush', '--source', 'kernel', '--state-dir', '/nonexistent/state'];
    const result = await runProcess(process.execPath, args, { ...nobody, cwd: '/' });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('needs root (CAP_NET_ADMIN)');
  });

  (mayUnshare() ? test : test.skip)(
    'the whole round works in a user namespace of an ordinary user',
    async () => {
      const script = `
set -e
mount -t tmpfs none /run
ip link set lo up
for n in 1 2; do
  ip link add eth$n type veth peer name p$n
  ip link set p$n up; ip link set eth$n up
  ip addr add 10.0.$n.5/24 dev eth$n
done
ip route add default via 10.0.1.1 dev eth1
before=$(ip rule; ip -4 route show table all)
"$@" apply >/dev/null
ip route get 198.51.100.7 from 10.0.2.5
"$@" apply
"$@" apply --connmark --confirm-within 60s >/dev/null 2>&1
"$@" confirm
"$@" flush
[ "$before" = "$(ip rule; ip -4 route show table all)" ] && echo as before
`;
      const tool = [process.execPath, program];
      const args = ['-rmn', 'sh', '-c', script, 'sh', 'tool'];
      const wrapped = script.replaceAll('"$@" apply', 'tool apply').replaceAll('"$@"', 'tool');
      const body = `tool() { command=$1; shift; "${tool[0]}" "${tool[1]}" $command "$@" --source kernel -i 'eth*' --state-dir /run/state; }\n${wrapped}`;
      const result = await runProcess('unshare', [...args.slice(0, 3), body], { ...nobody, cwd: '/' });
      expect(result.stderr).toBe('');
      expect(result.stdout).toMatch(/via 10\.0\.2\.1 dev eth2/);
      expect(result.stdout).toMatch(/0 changes\nkept\nremoved \d+ items\nas before\n$/);
    },
  );
});
