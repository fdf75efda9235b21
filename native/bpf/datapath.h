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
	__u8 is_answer; /* was never received itself: the other direction's entry has the header. Of a datagram: the engine's table has it */
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
	__u8 capture; /* bits of the points of core/engine.h; 0: nothing is captured */
	__u8 padding;
	__u32 capture_every;
	__u32 capture_snap; /* bytes of the inner packet, at most CAPTURE_MOST */
};

#define LAYOUT 3

/* Per CPU, one for each endpoint. */
struct counters {
	__u64 received_packets, received_bytes, received_at;
	__u64 sent_packets, sent_bytes, sent_at;
	__u64 sent_by_gwi, sent_bytes_by_gwi; /* of these: out of gwi */
	__u64 errors;
};

/* Points of a capture: the program sees two of them at once. */
#define CAPTURE_RECEIVED 3 /* outer-in, inner-in */
#define CAPTURE_SENT 12 /* inner-out, outer-out */
#define CAPTURE_MOST 16384

/* Of the packet at hand; see flow_key.h. */
struct found {
	__u32 protocol;
	__u32 datagram; /* the protocol by which its fragments are known */
	__u32 is_fragment;
	__u32 offset;
	__u32 identification;
	__u32 transport; /* offset in the skb */
	__u32 kind;
	__u32 padding;
};

/* Per CPU. */
struct samples {
	__u64 dropped; /* the ring was full */
	__u32 seen[2]; /* received, sent */
	struct found found;
};

/* In the ring, and behind it `kept` bytes of the inner packet. */
struct capture_record {
	__u64 time; /* CLOCK_MONOTONIC, nanoseconds */
	__u32 geneve[GENEVE_BYTES / 4];
	__u32 outer_source; /* as the packet travels */
	__u32 outer_destination;
	__u16 source_port;
	__u16 is_sent;
	__u32 length; /* of the inner packet */
	__u32 kept;
	__u32 padding;
};
