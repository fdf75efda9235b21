/* Layouts of the maps, shared by the programs and by core/kernel_path.cc. Fields are as they stand on the wire unless
 * the name of the type says otherwise. SPDX-License-Identifier: MIT OR GPL-2.0-only */
#pragma once
#include <linux/types.h>

#define GENEVE_BYTES 40 /* 8, and the three options of a Gateway Load Balancer */

/* Key: the endpoint id as it stands in the option. */
struct endpoint {
	__u32 id; /* of core/engine_state.h */
	__u32 gwi; /* interface index */
	__u32 counters; /* index into the counters */
	__u32 padding;
};

/* Key: interface index of gwi or gwo. */
struct device {
	__u32 id;
	__u32 counters;
	__u32 is_gwi;
	__u32 padding;
};

/* The words of core/flow_key.h. */
struct flow_key {
	__u64 words[6];
};

struct flow_value {
	__u32 geneve[GENEVE_BYTES / 4];
	__u32 outer_source; /* as received */
	__u32 outer_destination;
	__u16 source_port;
	__u8 dscp; /* in place: upper six bits */
	__u8 is_answer; /* was never received itself: the other direction's entry has the header */
	__u32 padding;
	__u64 seen; /* CLOCK_MONOTONIC_COARSE, nanoseconds */
};

/* Key: where to, an IPv4 address. */
struct hop {
	__u32 device;
	__u32 mtu; /* of an IPv4 packet */
	__u8 macs[12]; /* destination, source */
};

struct settings {
	__u64 idle_ns;
	__u16 port;
	__u8 enabled;
	__u8 old_ipv6;
	__u8 keep_dscp;
	__u8 layout; /* LAYOUT: of all maps, so that a next process knows whether it can take them over */
	__u8 padding[2];
};

#define LAYOUT 1

/* Per CPU, one for each endpoint. */
struct counters {
	__u64 received_packets, received_bytes, received_at;
	__u64 sent_packets, sent_bytes, sent_at;
	__u64 sent_by_gwi, sent_bytes_by_gwi; /* of these: out of gwi */
	__u64 errors;
};
