/* The key of core/flow_key.h for a packet in an skb, specified in vectors/README.md. -1: left to the user-space engine, which
 * has what is damaged, cut off or padded, and ICMP errors. SPDX-License-Identifier: MIT OR GPL-2.0-only */
#pragma once
#include "datapath.h"
#include "kernel.h"

enum { PLAIN, WHOLE, FIRST_FRAGMENT, LATER_FRAGMENT };

struct parsed {
	struct flow_key key; /* of a later fragment: its datagram's */
	__u64 datagram[2]; /* of fragments: words 4 and 5 of their datagram's key */
	__u64 kind;
};

enum { KEY_FLOW = 1, KEY_FRAGMENT = 2 };

INLINE __u64 last_word(__u32 endpoint, int kind, int version, __u8 protocol)
{
	return ((__u64)endpoint << 32) | (kind << 16) | (version << 8) | protocol;
}

/* What nearly all packets are: no options, no fragment, ports or an echo identifier. `at`: the IP header, `end`: of what can
 * be read directly. */
INLINE int read_plain(void *at, void *end, __u32 length, int version, __u32 endpoint, struct parsed *out)
{
	__u64 *words = out->key.words;
	void *transport;
	__u8 protocol;

	if (version == 4) {
		struct iphdr *ip = at;

		if ((void *)(ip + 1) > end || *(__u8 *)at != 0x45)
			return -1;
		if (BE16(ip->tot_len) != length || (ip->frag_off & BE16(0x3fff)))
			return -1;
		protocol = ip->protocol;
		words[0] = ip->saddr;
		words[1] = 0;
		words[2] = ip->daddr;
		words[3] = 0;
		transport = ip + 1;
	} else {
		struct ipv6hdr *ip = at;
		__u64 *address = (void *)&ip->saddr;

		if ((void *)(ip + 1) > end || (*(__u8 *)at >> 4) != 6 || BE16(ip->payload_len) + sizeof(*ip) != length)
			return -1;
		protocol = ip->nexthdr;
		__builtin_memcpy(&words[0], address, 8);
		__builtin_memcpy(&words[1], address + 1, 8);
		__builtin_memcpy(&words[2], address + 2, 8);
		__builtin_memcpy(&words[3], address + 3, 8);
		transport = ip + 1;
	}
	if (transport + 8 > end)
		return -1;
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP) {
		__u16 *port = transport;

		words[4] = ((__u64)BE16(port[0]) << 48) | ((__u64)BE16(port[1]) << 32);
	} else if (protocol == (version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		__u8 *type = transport;
		__u16 *identifier = transport + 4;

		if (version == 4 ? (*type != 0 && *type != 8) : (*type != 128 && *type != 129))
			return -1;
		words[4] = BE16(*identifier);
	} else {
		return -1;
	}
	words[5] = last_word(endpoint, KEY_FLOW, version, protocol);
	out->kind = PLAIN;
	return 0;
}

#define BIT(n) (1ULL << (n))
#define EXTENSIONS (BIT(0) | BIT(43) | BIT(44) | BIT(51) | BIT(60))
#define ICMP_QUERIES (BIT(0) | BIT(8) | BIT(13) | BIT(14) | BIT(15) | BIT(16) | BIT(17) | BIT(18) | BIT(42) | BIT(43))
#define ICMP_ERRORS (BIT(3) | BIT(4) | BIT(5) | BIT(11) | BIT(12))
#define MOST_EXTENSIONS 8

INLINE int is_extension(__u8 next)
{
	return next < 64 ? (EXTENSIONS >> next) & 1 : next == 135 || next == 139 || next == 140;
}

/* Word 4 of a flow's key. `left`: bytes of the packet from `at` on. */
INLINE int read_transport(struct __sk_buff *skb, __u32 at, __u32 left, int version, __u8 protocol, __u64 *word)
{
	__u8 bytes[4];

	*word = 0;
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP) {
		if (left < 4 || load_bytes(skb, at, bytes, 4))
			return -1;
		*word = ((__u64)(bytes[0] << 8 | bytes[1]) << 48) | ((__u64)(bytes[2] << 8 | bytes[3]) << 32);
	} else if (protocol == IPPROTO_GRE) {
		if (left < 4 || load_bytes(skb, at, bytes, 4))
			return -1;
		if ((bytes[1] & 7) == 0 && (bytes[0] & 0x20)) {
			__u32 key = bytes[0] & 0xc0 ? 8 : 4, value;

			if (left < key + 4 || load_bytes(skb, at + key, &value, 4))
				return -1;
			*word = BE32(value);
		}
	} else if (protocol == (version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		if (left < 1 || load_bytes(skb, at, bytes, 1))
			return -1;
		__u8 type = bytes[0];

		if (version == 4 ? type < 64 && ((ICMP_ERRORS >> type) & 1) : type < 128)
			return -1;
		if (version == 4 ? type < 64 && ((ICMP_QUERIES >> type) & 1) :
				   type == 128 || type == 129 || type == 160 || type == 161) {
			if (left < 6 || load_bytes(skb, at + 4, bytes, 2))
				return -1;
			*word = bytes[0] << 8 | bytes[1];
		}
	}
	return 0;
}

/* The rest: options, extension headers, fragments, GRE, other ICMP messages and protocols. `at`: offset of the IP header.
 *
 * What is found goes by way of `found`, in a map: the verifier forgets what it knows of a value there. On the stack it would
 * follow each way through the headers with all that was known on it to the end of the program. */
INLINE int read_unusual(struct __sk_buff *skb, __u32 at, __u32 length, int version, __u32 endpoint, volatile struct found *found,
			struct parsed *out)
{
	__u64 *words = out->key.words;
	__u32 end = at + length;

	if (version == 4) {
		struct iphdr ip;

		if (load_bytes(skb, at, &ip, sizeof(ip)))
			return -1;
		__u32 first = *(__u8 *)&ip, header = 4 * (first & 15), word = BE16(ip.frag_off);

		if (first >> 4 != 4 || BE16(ip.tot_len) != length || header < sizeof(ip) || header > length)
			return -1;
		words[0] = ip.saddr;
		words[1] = 0;
		words[2] = ip.daddr;
		words[3] = 0;
		found->protocol = ip.protocol;
		found->datagram = ip.protocol;
		found->is_fragment = word & 0x3fff;
		found->offset = word & 0x1fff;
		found->identification = BE16(ip.id);
		found->transport = at + header;
	} else {
		struct ipv6hdr ip;

		if (load_bytes(skb, at, &ip, sizeof(ip)))
			return -1;
		if (*(__u8 *)&ip >> 4 != 6 || BE16(ip.payload_len) + sizeof(ip) != length)
			return -1;
		__builtin_memcpy(&words[0], &ip.saddr, 16);
		__builtin_memcpy(&words[2], &ip.daddr, 16);
		found->protocol = ip.nexthdr;
		/* The Next Header of later fragments may differ (RFC 8200, 4.5). */
		found->datagram = 0;
		found->is_fragment = found->offset = found->identification = 0;
		found->transport = at + sizeof(ip);
#pragma nounroll
		for (int i = 0; i <= MOST_EXTENSIONS && !found->offset; i++) {
			__u32 next = found->protocol, to = found->transport, size = 8;
			__u8 part[8];

			if (!is_extension(next))
				break;
			if (i == MOST_EXTENSIONS || to + 8 > end || load_bytes(skb, to, part, 8))
				return -1;
			if (next == IPPROTO_FRAGMENT) {
				__u32 word = part[2] << 8 | part[3];

				if (word & 0xfff9) {
					found->is_fragment = 1;
					found->offset = word & 0xfff8;
					found->identification = (__u32)part[4] << 24 | part[5] << 16 | part[6] << 8 | part[7];
				}
			} else {
				size = next == IPPROTO_AH ? 4 * (part[1] + 2) : 8 * (part[1] + 1);
			}
			if (to + size > end)
				return -1;
			found->protocol = part[0];
			found->transport = to + size;
		}
	}
	out->datagram[0] = found->identification;
	out->datagram[1] = last_word(endpoint, KEY_FRAGMENT, version, found->datagram);
	found->kind = !found->is_fragment ? WHOLE : found->offset ? LATER_FRAGMENT : FIRST_FRAGMENT;
	words[4] = out->datagram[0];
	words[5] = out->datagram[1];
	if (found->kind != LATER_FRAGMENT) {
		__u32 transport = found->transport;

		words[5] = last_word(endpoint, KEY_FLOW, version, found->protocol);
		if (read_transport(skb, transport, end - transport, version, found->protocol, &words[4]))
			return -1;
	}
	out->kind = found->kind;
	return 0;
}
