// Nanoseconds a packet of the TypeScript decoder. `node bench/decode.mjs [--json]` after a build; the native batch
// decoder's benchmark imports `packets` and `measureDecode`, so that both decode the same bytes in the same run.
import { buildIp, decodeFlow, decodeGeneve, decodeGwlb, encodeGwlb, tcp, udp } from '../dist/index.js';
import { cpus } from 'node:os';

/** `flows` Geneve packets with inner packets of `innerBytes`, IPv4 and IPv6, UDP and TCP in turn. */
export function packets(flows = 1000, innerBytes = 512) {
  return Array.from({ length: flows }, (_, index) => {
    const version = index % 4 < 2 ? 4 : 6;
    const part = index % 2 === 0 ? udp : tcp;
    const headers = (version === 4 ? 20 : 40) + (index % 2 === 0 ? 8 : 20);
    const inner = buildIp({
      source: version === 4 ? '192.0.2.1' : '2001:db8::1',
      destination: version === 4 ? '198.51.100.2' : '2001:db8::2',
      payload: part(1024 + (index % 60_000), 443, new Uint8Array(Math.max(0, innerBytes - headers))),
    });
    const header = encodeGwlb(
      { endpointId: 0x0123456789ab0000n + BigInt(index % 16), attachmentId: 1n, flowCookie: index },
      version,
    );
    return new Uint8Array(Buffer.concat([header, inner]));
  });
}

const steps = {
  'GWLB admission': (bytes) => decodeGwlb(bytes),
  'full Geneve header': (bytes) => decodeGeneve(bytes),
  'GWLB admission and flow key': (bytes) => {
    const metadata = decodeGwlb(bytes);
    return metadata.ok ? decodeFlow(bytes.subarray(metadata.value.headerLength)) : metadata;
  },
};

/** Median nanoseconds a packet of each step over `rounds` rounds. */
export function measureDecode(input = packets(), rounds = 15, repeats = 200) {
  return Object.fromEntries(
    Object.entries(steps).map(([name, step]) => {
      const times = Array.from({ length: rounds + 3 }, () => {
        let accepted = 0;
        const start = process.hrtime.bigint();
        for (let repeat = 0; repeat < repeats; repeat++)
          for (const bytes of input) if (step(bytes).ok) accepted++;
        const nanoseconds = Number(process.hrtime.bigint() - start);
        if (accepted !== repeats * input.length) throw new Error(`${name}: a packet was refused`);
        return nanoseconds / accepted;
      });
      const settled = times.slice(3).sort((a, b) => a - b);
      return [name, settled[Math.floor(settled.length / 2)]];
    }),
  );
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const result = measureDecode();
  const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}`;
  if (process.argv.includes('--json')) console.log(JSON.stringify({ machine, nanosecondsPerPacket: result }));
  else {
    console.log(machine);
    console.log('step                          ns a packet   M packets/s');
    for (const [name, ns] of Object.entries(result))
      console.log(
        `${name.padEnd(28)}  ${ns.toFixed(0).padStart(11)}  ${(1000 / ns).toFixed(2).padStart(12)}`,
      );
  }
}
