// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// The steady state of a tunnel inside the kernel: a cache in front of the user-space engine.
//
//   receive   tc ingress of the device that Geneve comes in by: a packet whose flow and header are known loses its
//             outer headers and appears as received on gwi.
//   send      tc egress of gwo and gwi: a packet whose flow is known gets its header back and leaves.
//
// Whatever is not exactly known is left alone: the socket or the tun's reader, that is the user-space engine, has it
// then. That engine alone decides what a flow's header is; these programs never learn one by themselves, so that an
// entry that was evicted, or was never here, costs time and nothing else.
#include "flow_key.h"

// Maps are made by the loader; the symbols only tell it which one an instruction wants.
extern char map_endpoints, map_devices, map_flows, map_hops, map_settings, map_counters, map_related, map_rings, map_samples;

#define LEAVE_ALONE TC_ACT_UNSPEC
#define OUTER_BYTES (sizeof(struct iphdr) + sizeof(struct udphdr))
#define DECAP_IPV6 (1ULL << 8)  // BPF_F_ADJ_ROOM_DECAP_L3_IPV6, Linux 6.3
#define LARGEST_WHOLE 16000
#define SEEN_STEP_NS 64000000ULL
#define FRAGMENT_NS 30000000000ULL

INLINE struct settings *settings(void)
{
	__u32 zero = 0;

	return map_lookup(&map_settings, &zero);
}

// Linear access to as much as the programs look at.
INLINE void want(struct __sk_buff *skb, __u32 bytes)
{
	if ((void *)(long)skb->data + bytes > (void *)(long)skb->data_end)
		pull_data(skb, bytes < skb->len ? bytes : skb->len);
}

INLINE void touch(struct flow_value *flow, __u64 now)
{
	if (now - flow->seen > SEEN_STEP_NS)
		flow->seen = now;
}

// The packet's key, by either parser.
INLINE int parse(struct __sk_buff *skb, void *at, void *end, __u32 offset, __u32 length, int version, __u32 endpoint,
		 struct parsed *packet)
{
	__u32 zero = 0;
	struct samples *scratch;

	if (read_plain(at, end, length, version, endpoint, packet) == 0)
		return 0;
	scratch = map_lookup(&map_samples, &zero);
	return scratch ? read_unusual(skb, offset, length, version, endpoint, &scratch->found, packet) : -1;
}

// A fragment's datagram is known by what was received of it last; nobody waits longer for the rest (RFC 791).
INLINE __u64 most_idle(struct settings *set, struct parsed *packet)
{
	return packet->kind == LATER_FRAGMENT ? FRAGMENT_NS : set->idle_ns;
}

// The later fragments are known by the first one. Takes the key of `packet`, which has been looked up.
INLINE long remember_datagram(struct parsed *packet, struct flow_value *flow)
{
	packet->key.words[4] = packet->datagram[0];
	packet->key.words[5] = packet->datagram[1];
	return map_update(&map_related, &packet->key, flow, BPF_ANY);
}

// A sampled copy for whoever captures. The ring is only there while somebody does. Room in it comes in few sizes, since the
// verifier wants to know it.
INLINE void capture(struct __sk_buff *skb, struct settings *set, struct flow_value *flow, __u32 at, __u32 length, int is_sent)
{
	__u32 zero = 0, kept = length < set->capture_snap ? length : set->capture_snap;
	struct samples *samples = map_lookup(&map_samples, &zero);
	void *ring = map_lookup(&map_rings, &zero);
	struct capture_record *record;

	if (!samples || !ring || samples->seen[is_sent]++ % set->capture_every != 0 || kept == 0)
		return;
#define WITH_ROOM(bytes)                                                        \
	if (kept <= (bytes)) {                                                  \
		record = ring_reserve(ring, sizeof(*record) + (bytes), 0);      \
		if (!record)                                                    \
			goto full;                                              \
		if (load_bytes(skb, at, record + 1, kept)) {                    \
			ring_discard(record, BPF_RB_NO_WAKEUP);                 \
			return;                                                 \
		}                                                               \
		goto filled;                                                    \
	}
	WITH_ROOM(128)
	WITH_ROOM(512)
	WITH_ROOM(2048)
	WITH_ROOM(9216)
	WITH_ROOM(CAPTURE_MOST)
#undef WITH_ROOM
	return;
full:
	samples->dropped++;
	return;
filled:
	record->time = exact_time();
	for (int i = 0; i < GENEVE_BYTES / 4; i++)
		record->geneve[i] = flow->geneve[i];
	record->outer_source = is_sent ? flow->outer_destination : flow->outer_source;
	record->outer_destination = is_sent ? flow->outer_source : flow->outer_destination;
	record->source_port = flow->source_port;
	record->is_sent = is_sent;
	record->length = length;
	record->kept = kept;
	ring_submit(record, BPF_RB_NO_WAKEUP);
}

SECTION("tc/receive")
int receive(struct __sk_buff *skb)
{
	if (skb->protocol != BE16(ETH_P_IP) || skb->pkt_type != 0 /* PACKET_HOST */ || skb->vlan_present || skb->gso_size)
		return LEAVE_ALONE;
	want(skb, ETH_HLEN + OUTER_BYTES + GENEVE_BYTES + sizeof(struct ipv6hdr) + 8);

	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (void *)(ip + 1);
	__u32 *geneve = (void *)(udp + 1);
	struct settings *set = settings();

	if ((void *)(geneve + GENEVE_BYTES / 4) > end || !set || !set->enabled)
		return LEAVE_ALONE;
	if (*(__u8 *)ip != 0x45 || ip->protocol != IPPROTO_UDP || udp->dest != set->port || (ip->frag_off & BE16(0x3fff)))
		return LEAVE_ALONE;
	// The layout of a Gateway Load Balancer: version 0, 32 bytes of options, no flag, its three options in this order.
	// A UDP checksum is the socket's to verify.
	if ((geneve[0] & BE32(0xffff0000)) != BE32(0x08000000) || geneve[2] != BE32(0x01080102) ||
	    geneve[5] != BE32(0x01080202) || geneve[8] != BE32(0x01080301) || udp->check != 0)
		return LEAVE_ALONE;
	__u32 length = BE16(ip->tot_len);
	if (length + ETH_HLEN != skb->len || BE16(udp->len) + sizeof(*ip) != length)
		return LEAVE_ALONE;
	__u16 proto = geneve[0] >> 16;
	if (proto != BE16(ETH_P_IP) && proto != BE16(ETH_P_IPV6))
		return LEAVE_ALONE;
	int version = proto == BE16(ETH_P_IP) ? 4 : 6;

	__u64 id;
	__builtin_memcpy(&id, geneve + 3, 8);
	struct endpoint *endpoint = map_lookup(&map_endpoints, &id);
	if (!endpoint)
		return LEAVE_ALONE;
	struct parsed packet;
	void *inner = geneve + GENEVE_BYTES / 4;
	__u32 inner_length = length - OUTER_BYTES - GENEVE_BYTES, inner_at = ETH_HLEN + OUTER_BYTES + GENEVE_BYTES;
	if (parse(skb, inner, end, inner_at, inner_length, version, endpoint->id, &packet))
		return LEAVE_ALONE;
	struct flow_value *flow;
	if (packet.kind == LATER_FRAGMENT)
		flow = map_lookup(&map_related, &packet.key);
	else
		flow = map_lookup(&map_flows, &packet.key);
	if (!flow || flow->is_answer)
		return LEAVE_ALONE;
	__u64 now = coarse_time();
	if (now - flow->seen > most_idle(set, &packet))
		return LEAVE_ALONE;
	__u32 different = flow->outer_source ^ ip->saddr;
	different |= flow->outer_destination ^ ip->daddr;
	different |= flow->source_port ^ udp->source;
	if (set->keep_dscp)
		different |= flow->dscp ^ (ip->tos & 0xfc);
	for (int i = 0; i < GENEVE_BYTES / 4; i++)
		different |= flow->geneve[i] ^ geneve[i];
	struct counters *counters = map_lookup(&map_counters, &endpoint->counters);
	if (different || !counters)
		return LEAVE_ALONE;
	__u32 device = endpoint->gwi;
	__s32 strip = OUTER_BYTES + GENEVE_BYTES;
	__u64 flags = 0;

	// Of a datagram the time of its first packet is kept.
	if (packet.kind != LATER_FRAGMENT)
		touch(flow, now);
	if (packet.kind == FIRST_FRAGMENT && remember_datagram(&packet, flow))
		return LEAVE_ALONE;
	if (set->capture & CAPTURE_RECEIVED)
		capture(skb, set, flow, inner_at, inner_length, 0);
	if (version == 6) {
		if (set->old_ipv6) {
			// Before 6.3 nothing else makes the packet an IPv6 one; it grows by 20 bytes, which go too.
			if (change_proto(skb, BE16(ETH_P_IPV6), 0))
				return LEAVE_ALONE;
			strip += 20;
		} else {
			flags = DECAP_IPV6;
		}
	}
	if (adjust_room(skb, -strip, BPF_ADJ_ROOM_MAC, flags)) {
		counters->errors++;
		return TC_ACT_SHOT;
	}
	counters->received_packets++;
	counters->received_bytes += inner_length;
	counters->received_at = now;
	return redirect(device, BPF_F_INGRESS);
}

struct outer {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct udphdr udp;
	__u32 geneve[GENEVE_BYTES / 4];
} __attribute__((packed));

SECTION("tc/send")
int send(struct __sk_buff *skb)
{
	struct settings *set = settings();
	__u32 index = skb->ifindex, inner_length = skb->len;
	struct device *device = map_lookup(&map_devices, &index);

	if (!set || !set->enabled || !device)
		return LEAVE_ALONE;
	int version = skb->protocol == BE16(ETH_P_IP) ? 4 : skb->protocol == BE16(ETH_P_IPV6) ? 6 : 0;
	if (!version)
		return LEAVE_ALONE;
	want(skb, sizeof(struct ipv6hdr) + 8);

	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct parsed packet;
	struct flow_key *key = &packet.key;
	__u32 size = skb->gso_size, packets = 1;

	if (parse(skb, data, end, 0, inner_length, version, device->id, &packet))
		return LEAVE_ALONE;
	// What the kernel itself says on an interface (ff02::/16 and its like) is nobody's traffic.
	if (version == 6 && (key->words[2] & 0x0fff) == 0x02ff)
		return LEAVE_ALONE;
	struct flow_value *flow;
	if (packet.kind == LATER_FRAGMENT)
		flow = map_lookup(&map_related, key);
	else
		flow = map_lookup(&map_flows, key);
	if (flow && flow->is_answer) {
		if (packet.kind == LATER_FRAGMENT)
			return LEAVE_ALONE;
		struct flow_key back;

		back.words[0] = key->words[2];
		back.words[1] = key->words[3];
		back.words[2] = key->words[0];
		back.words[3] = key->words[1];
		// An echo identifier has no two ends.
		back.words[4] = (key->words[4] << 16 & 0xffff000000000000ULL) | (key->words[4] >> 16 & 0x0000ffff00000000ULL) |
				(key->words[4] & 0xffffffffULL);
		back.words[5] = key->words[5];
		flow = map_lookup(&map_flows, &back);
		if (flow && flow->is_answer)
			return LEAVE_ALONE;
	}
	if (!flow)
		return LEAVE_ALONE;
	__u64 now = coarse_time();
	if (now - flow->seen > most_idle(set, &packet))
		return LEAVE_ALONE;
	struct hop *hop = map_lookup(&map_hops, &flow->outer_source);
	struct counters *counters = map_lookup(&map_counters, &device->counters);
	if (!hop || !counters)
		return LEAVE_ALONE;
	// What does not fit is told to its sender by the user-space engine. A large packet is cut after it was wrapped: its
	// pieces are `size` bytes behind their headers, of which TCP's with all options are the longest.
	__u32 outer_length = inner_length + OUTER_BYTES + GENEVE_BYTES;
	// The helpers refuse whole packets above 16 KiB (BPF_SKB_MAX_LEN).
	if (size == 0 ? outer_length > hop->mtu || outer_length > LARGEST_WHOLE : size + 120 + OUTER_BYTES + GENEVE_BYTES > hop->mtu || outer_length > 65535)
		return LEAVE_ALONE;

	struct outer outer;
	__u32 id = counters->sent_packets;
	__builtin_memcpy(outer.ethernet.h_dest, hop->macs, 12);
	outer.ethernet.h_proto = BE16(ETH_P_IP);
	*(__u8 *)&outer.ip = 0x45;
	outer.ip.tos = flow->dscp;
	outer.ip.tot_len = BE16((__u16)outer_length);
	outer.ip.id = (__u16)id;
	outer.ip.frag_off = 0;
	outer.ip.ttl = 64;
	outer.ip.protocol = IPPROTO_UDP;
	outer.ip.check = 0;
	outer.ip.saddr = flow->outer_destination;
	outer.ip.daddr = flow->outer_source;
	outer.udp.source = flow->source_port;
	outer.udp.dest = set->port;
	outer.udp.len = BE16((__u16)(outer_length - sizeof(struct iphdr)));
	outer.udp.check = 0;
	for (int i = 0; i < GENEVE_BYTES / 4; i++)
		outer.geneve[i] = flow->geneve[i];
	__u32 sum = 0x4500 + outer.ip.tos + (__u16)outer_length + BE16(outer.ip.id) + 0x4011;
	sum += BE16(outer.ip.saddr & 0xffff) + BE16(outer.ip.saddr >> 16);
	sum += BE16(outer.ip.daddr & 0xffff) + BE16(outer.ip.daddr >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	outer.ip.check = BE16((__u16)~sum);
	__u32 to = hop->device, headers = 0;

	// Bytes are counted as they leave: each further piece has the headers of the first.
	if (size) {
		__u8 *offset = data + (version == 4 ? 20 : 40) + 12;

		// Of large UDP packets the kernel would make outer segments; the user-space engine cuts them.
		if (packet.kind != PLAIN || (key->words[5] & 0xff) != IPPROTO_TCP || (void *)(offset + 1) > end)
			return LEAVE_ALONE;
		headers = (version == 4 ? 20 : 40) + (*offset >> 4) * 4;
		// What a tun was given has no count of its pieces yet.
		packets = (inner_length - headers + size - 1) / size;
	}
	if (packet.kind != LATER_FRAGMENT)
		touch(flow, now);
	if (packet.kind == FIRST_FRAGMENT && remember_datagram(&packet, flow))
		return LEAVE_ALONE;
	counters->sent_at = now;
	if (set->capture & CAPTURE_SENT)
		capture(skb, set, flow, 0, inner_length, 1);
	// A tun's packets have no hardware header, which the helpers want. Segments keep their inner size.
	if (change_head(skb, ETH_HLEN, 0) ||
	    adjust_room(skb, OUTER_BYTES + GENEVE_BYTES, BPF_ADJ_ROOM_MAC,
			BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_FIXED_GSO) ||
	    store_bytes(skb, 0, &outer, sizeof(outer), 0)) {
		counters->errors++;
		return TC_ACT_SHOT;
	}
	counters->sent_packets += packets;
	__u64 bytes = inner_length + (__u64)headers * (packets - 1);
	counters->sent_bytes += bytes;
	if (device->is_gwi) {
		counters->sent_by_gwi += packets;
		counters->sent_bytes_by_gwi += bytes;
	}
	return redirect(to, 0);
}

// GPL so that every helper is open to it; the source is under either licence.
char _license[] SECTION("license") = "Dual MIT/GPL";
