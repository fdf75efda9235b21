// An invented company for pictures: accounts by pattern, addresses of RFC 5737 and RFC 3849, the same on every run.
export const NOW_MS = Date.parse('2026-11-20T14:37:00Z');
const DAY_MS = 86_400_000;
const DAYS = 14;

const accounts = [
  ['111122223333', 'shop-production', ['eu-central-1', 'eu-west-1']],
  ['222233334444', 'payments', ['eu-central-1']],
  ['333344445555', 'identity', ['eu-central-1']],
  ['444455556666', 'data-platform', ['eu-central-1', 'us-east-1']],
  ['555566667777', 'build', ['eu-west-1']],
  ['666677778888', 'logistics', ['eu-central-1']],
  ['777788889999', 'corporate', ['eu-central-1']],
];
const nat = (id, region, zone = 'a') =>
  `${id}/${region}/nat-${region}${zone}.${accounts.find(([known]) => known === id)[1]}.example.org`;

// Account, region, destination, port, then sources with their records of a day and the day on which they begin.
const endpoints = [
  [
    '111122223333',
    'eu-central-1',
    'shop-web-1842093317.eu-central-1.elb.amazonaws.com/198.51.100.10',
    443,
    'world',
    180,
  ],
  [
    '111122223333',
    'eu-central-1',
    'shop-web-1842093317.eu-central-1.elb.amazonaws.com/198.51.100.11',
    443,
    'world',
    140,
  ],
  [
    '111122223333',
    'eu-west-1',
    'shop-api-771203944.eu-west-1.elb.amazonaws.com/198.51.100.40',
    443,
    'world',
    90,
  ],
  [
    '111122223333',
    'eu-west-1',
    'i-0b41c9aa72e61d083/198.51.100.44',
    22,
    ['office-berlin', 210, 0],
    ['vpn-gateway', 64, 0],
    ['198.18.7.203', 3, 13],
  ],
  [
    '111122223333',
    'eu-central-1',
    'i-07f2d0c5518aa9e44/198.51.100.12',
    8443,
    [nat('222233334444', 'eu-central-1'), 5_840, 0],
    [nat('666677778888', 'eu-central-1', 'b'), 2_210, 0],
    ['monitor.partner.example/203.0.113.41', 1_440, 3],
  ],
  [
    '222233334444',
    'eu-central-1',
    'payments-api-1093317842.eu-central-1.elb.amazonaws.com/198.51.100.60',
    443,
    [nat('111122223333', 'eu-central-1'), 48_200, 0],
    [nat('111122223333', 'eu-central-1', 'b'), 46_900, 0],
    [nat('111122223333', 'eu-west-1'), 12_400, 0],
    ['acquirer.example.net/203.0.113.9', 8_720, 0],
    [nat('666677778888', 'eu-central-1'), 1_930, 5],
    ['office-berlin', 310, 0],
  ],
  [
    '222233334444',
    'eu-central-1',
    'payments-api-1093317842.eu-central-1.elb.amazonaws.com/198.51.100.60',
    8443,
    ['acquirer.example.net/203.0.113.9', 720, 0],
    ['settlement.bank.example/203.0.113.130', 288, 0],
    ['settlement.bank.example/2001:db8:41:7::130', 24, 9],
  ],
  [
    '333344445555',
    'eu-central-1',
    'login-220176394.eu-central-1.elb.amazonaws.com/198.51.100.80',
    443,
    [nat('111122223333', 'eu-central-1'), 22_100, 0],
    [nat('222233334444', 'eu-central-1'), 9_450, 0],
    [nat('444455556666', 'us-east-1'), 3_280, 0],
    [nat('555566667777', 'eu-west-1'), 2_040, 0],
    [nat('777788889999', 'eu-central-1'), 6_610, 0],
    ['office-berlin', 4_100, 0],
    ['office-porto', 1_870, 0],
  ],
  [
    '333344445555',
    'eu-central-1',
    'ldap-03c1/198.51.100.84',
    636,
    [nat('777788889999', 'eu-central-1'), 5_020, 0],
    [nat('555566667777', 'eu-west-1'), 480, 2],
  ],
  [
    '444455556666',
    'eu-central-1',
    'warehouse.c1hq9x2.eu-central-1.rds.amazonaws.com/198.51.100.120',
    5432,
    [nat('111122223333', 'eu-central-1'), 15_300, 0],
    [nat('666677778888', 'eu-central-1'), 7_760, 0],
    ['analyst-vpn', 402, 0],
    ['198.18.7.203', 11, 13],
  ],
  [
    '444455556666',
    'us-east-1',
    'i-0ce8814b77d39f021/198.51.100.133',
    9092,
    [nat('444455556666', 'eu-central-1'), 31_900, 0],
    [nat('111122223333', 'eu-west-1'), 8_800, 0],
  ],
  [
    '444455556666',
    'us-east-1',
    'i-0ce8814b77d39f021/198.51.100.133',
    22,
    ['office-berlin', 36, 0],
    ['scan-17.example.com/192.0.2.61', 2, 13],
  ],
  [
    '555566667777',
    'eu-west-1',
    'build-gate-5517/198.51.100.150',
    22,
    ['office-berlin', 1_080, 0],
    ['office-porto', 366, 0],
    ['vpn-gateway', 217, 0],
  ],
  [
    '555566667777',
    'eu-west-1',
    'artifacts-88120377.eu-west-1.elb.amazonaws.com/198.51.100.152',
    443,
    [nat('111122223333', 'eu-central-1'), 18_700, 0],
    [nat('444455556666', 'eu-central-1'), 6_300, 0],
    [nat('333344445555', 'eu-central-1'), 1_120, 0],
    ['mirror.example.net/203.0.113.201', 940, 6],
  ],
  [
    '666677778888',
    'eu-central-1',
    'tracking-661905.eu-central-1.elb.amazonaws.com/198.51.100.170',
    443,
    'world',
    60,
  ],
  [
    '666677778888',
    'eu-central-1',
    'edi-7/198.51.100.171',
    5222,
    ['carrier-a.example.com/203.0.113.88', 2_160, 0],
    ['carrier-b.example.com/203.0.113.89', 1_995, 0],
    [nat('111122223333', 'eu-central-1'), 11_050, 0],
  ],
  [
    '777788889999',
    'eu-central-1',
    'vpn-endpoint/198.51.100.190',
    0,
    ['office-porto', 9_600, 0],
    ['office-berlin', 14_400, 0],
  ],
  [
    '777788889999',
    'eu-central-1',
    'mail-gate/198.51.100.191',
    25,
    ['mx1.example.net/192.0.2.25', 3_310, 0],
    ['mx2.example.net/192.0.2.26', 2_940, 0],
    ['relay.example.com/2001:db8:25::1', 512, 4],
  ],
];

let state = 20_261_120;
/** From 0 up to 1, the same sequence on every run (Park and Miller). */
const random = () => {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
};

function world(records) {
  return Array.from({ length: records }, (_, i) => {
    const address =
      i % 3 === 0
        ? `203.0.113.${1 + (i % 250)}`
        : i % 3 === 1
          ? `192.0.2.${1 + (i % 250)}`
          : `2001:db8:${i.toString(16)}::${1 + (i % 9)}`;
    const name = i % 4 === 0 ? address : `host-${i}.isp${i % 5}.example/${address}`;
    return [name, Math.round(20 + random() ** 6 * 9_000), Math.floor(random() ** 3 * DAYS)];
  });
}

/** Fills a store with the days up to now. */
export async function fillInvented(store) {
  await store.putAccounts(
    accounts.map(([id, name, regions]) => ({ id, name, domain: undefined, regions, attributes: {} })),
  );
  const byShard = new Map();
  for (const [accountId, region, dest, destPort, ...given] of endpoints) {
    const sources = given[0] === 'world' ? world(given[1]) : given;
    const key = `${accountId}/${region}`;
    const deltas = byShard.get(key) ?? [];
    byShard.set(key, deltas);
    for (const [source, perDay, from] of sources)
      deltas.push(...days({ source, dest, destPort }, perDay, from));
  }
  let n = 0;
  for (const [key, deltas] of byShard) {
    const [accountId, region] = key.split('/');
    const shard = { accountId, region };
    const checkpoint = { cursor: 'c', readUntilMs: NOW_MS - 41_000 - 17_000 * n++ };
    let previous = '';
    for (let at = 0; at < deltas.length; at += 1_000) {
      const batchId = `${key} ${at}`;
      const part = deltas.slice(at, at + 1_000);
      await store.commit({ shard, fence: 1, batchId, previous, deltas: part, seen: [], checkpoint });
      previous = batchId;
    }
  }
}

function days(key, perDay, from) {
  const made = [];
  for (let ago = DAYS - 1 - from; ago >= 0; ago--) {
    const dayMs = Math.floor(NOW_MS / DAY_MS) * DAY_MS - ago * DAY_MS;
    const day = new Date(dayMs).toISOString().slice(0, 10);
    const isWeekend = [0, 6].includes(new Date(dayMs).getUTCDay());
    const part = (isWeekend ? 0.45 : 1) * (ago === 0 ? 0.6 : 1) * (0.75 + random() / 2);
    const count = Math.max(1, Math.round(perDay * part));
    const firstMs = dayMs + Math.round(random() * 8 * 3_600_000);
    const syn = Math.round(count * 0.93);
    made.push({
      ...key,
      day,
      count,
      firstMs,
      lastMs: firstMs + 6 * 3_600_000,
      decidedBy: syn < count ? { syn, 'server-port': count - syn } : { syn },
      example: `2 111122223333 eni-0d1f6e2a9b3c44870 203.0.113.9 10.20.4.17 51514 ${key.destPort} 6 12 4230 1795180000 1795180058 ACCEPT OK`,
    });
  }
  return made;
}
