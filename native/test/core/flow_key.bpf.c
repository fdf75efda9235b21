// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What the programs take for the key of a packet, for flow_key_test.cc: the packet stands behind 14 bytes of Ethernet.
#include "../../bpf/flow_key.h"

// Shaped as `struct answer` there.
struct answer {
	struct parsed parsed;
	struct found found;
	__s32 plain, unusual;
};

extern char map_settings;

SECTION("tc/key")
int key(struct __sk_buff *skb)
{
	__u32 zero = 0, length = skb->len - ETH_HLEN;
	struct answer *answer = map_lookup(&map_settings, &zero);
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct parsed parsed = {};

	if (!answer || data + ETH_HLEN + 1 > end)
		return TC_ACT_UNSPEC;
	int version = *(__u8 *)(data + ETH_HLEN) >> 4;

	if (version != 4 && version != 6)
		return TC_ACT_UNSPEC;
	answer->plain = read_plain(data + ETH_HLEN, end, length, version, 7, &parsed);
	if (answer->plain == 0)
		answer->parsed = parsed;
	__builtin_memset(&parsed, 0, sizeof(parsed));
	answer->unusual = read_unusual(skb, ETH_HLEN, length, version, 7, &answer->found, &parsed);
	// Where both have an answer it is one and the same: the plain one is kept, and compared.
	if (answer->plain != 0)
		answer->parsed = parsed;
	else if (answer->unusual == 0)
		for (int i = 0; i < 6; i++)
			if (answer->parsed.key.words[i] != parsed.key.words[i])
				answer->unusual = -2;
	return TC_ACT_OK;
}

char _license[] SECTION("license") = "Dual MIT/GPL";
