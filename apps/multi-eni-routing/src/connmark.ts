import { familyOf, type ManagedInterface } from './interfaces.js';
import { lowestBit, type Settings } from './settings.js';

/** The value that marks connections which came in on an interface. */
export function markOf(item: ManagedInterface, settings: Settings): number | undefined {
  const step = lowestBit(settings.connmarkMask);
  const value = (item.slot + 1) * step;
  return value <= settings.connmarkMask ? value : undefined;
}

/**
 * The content of our nftables table: connections that begin on a managed interface are marked, packets in
 * reply direction get the mark of their connection back, so that the rule on the mark sends them out of the
 * interface the connection came in on. Bits outside of the mask are kept as they are. Undefined when neither
 * marks nor masquerading are asked for.
 */
export function nftBody(interfaces: readonly ManagedInterface[], settings: Settings): string | undefined {
  if (!settings.connmark && !settings.masquerade) return undefined;
  const parts: string[] = [];
  if (settings.connmark) {
    const marked = interfaces.flatMap((item) => {
      const mark = markOf(item, settings);
      return mark === undefined ? [] : [{ item, mark }];
    });
    const mask = hex(settings.connmarkMask);
    const rest = hex(~settings.connmarkMask >>> 0);
    const restore = marked.map(
      ({ mark }) =>
        `ct direction reply ct mark & ${mask} == ${hex(mark)} meta mark set meta mark & ${rest} | ${hex(mark)}`,
    );
    const save = marked.map(
      ({ item, mark }) =>
        `${inputOf(item)} ct direction original ct mark & ${mask} == 0 ct mark set ct mark & ${rest} | ${hex(mark)}`,
    );
    parts.push(
      chain('prerouting', 'type filter hook prerouting priority mangle; policy accept;', [
        ...save,
        ...restore,
      ]),
    );
    parts.push(chain('output', 'type route hook output priority mangle; policy accept;', restore));
  }
  if (settings.masquerade)
    parts.push(
      chain(
        'postrouting',
        'type nat hook postrouting priority srcnat; policy accept;',
        interfaces.flatMap((item) => masqueradeRules(item)),
      ),
    );
  return parts.join('\n');
}

// What already has an address of the interface keeps it: only strangers are rewritten.
function masqueradeRules(item: ManagedInterface): string[] {
  const own = [...item.addresses, ...item.prefixes];
  const inet = own.filter((text) => familyOf(text) === 'inet');
  const inet6 = own.filter((text) => familyOf(text) === 'inet6');
  const rules: string[] = [];
  if (inet.length > 0)
    rules.push(`${outputOf(item)} ip saddr != { 0.0.0.0, 169.254.0.0/16, ${inet.join(', ')} } masquerade`);
  if (inet6.length > 0)
    rules.push(`${outputOf(item)} ip6 saddr != { ::, fe80::/10, ${inet6.join(', ')} } masquerade`);
  return rules;
}

function chain(name: string, hook: string, rules: readonly string[]): string {
  return [`  chain ${name} {`, `    ${hook}`, ...rules.map((rule) => `    ${rule}`), '  }'].join('\n');
}

const plainName = /^[A-Za-z0-9_.@+-]{1,15}$/;

// A name that nft would have to quote is given by its index.
function inputOf(item: ManagedInterface): string {
  return plainName.test(item.name) ? `iifname "${item.name}"` : `iif ${item.index}`;
}

function outputOf(item: ManagedInterface): string {
  return plainName.test(item.name) ? `oifname "${item.name}"` : `oif ${item.index}`;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}
