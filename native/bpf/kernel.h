/* What both the programs and their test need of the kernel. SPDX-License-Identifier: MIT OR GPL-2.0-only */
#pragma once
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#define SECTION(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define BE16(value) __builtin_bswap16(value)
#define BE32(value) __builtin_bswap32(value)

static void *(*map_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*map_update)(void *map, const void *key, const void *value, __u64 flags) = (void *)BPF_FUNC_map_update_elem;
static long (*load_bytes)(const struct __sk_buff *skb, __u32 at, void *to, __u32 length) = (void *)BPF_FUNC_skb_load_bytes;
static long (*store_bytes)(struct __sk_buff *skb, __u32 at, const void *from, __u32 length, __u64 flags) =
    (void *)BPF_FUNC_skb_store_bytes;
static long (*pull_data)(struct __sk_buff *skb, __u32 length) = (void *)BPF_FUNC_skb_pull_data;
static long (*adjust_room)(struct __sk_buff *skb, __s32 by, __u32 mode, __u64 flags) = (void *)BPF_FUNC_skb_adjust_room;
static long (*change_head)(struct __sk_buff *skb, __u32 length, __u64 flags) = (void *)BPF_FUNC_skb_change_head;
static long (*change_proto)(struct __sk_buff *skb, __u16 proto, __u64 flags) = (void *)BPF_FUNC_skb_change_proto;
static long (*redirect)(__u32 device, __u64 flags) = (void *)BPF_FUNC_redirect;
static __u64 (*coarse_time)(void) = (void *)BPF_FUNC_ktime_get_coarse_ns;
static __u64 (*exact_time)(void) = (void *)BPF_FUNC_ktime_get_ns;
static void *(*ring_reserve)(void *ring, __u64 size, __u64 flags) = (void *)BPF_FUNC_ringbuf_reserve;
static void (*ring_submit)(void *record, __u64 flags) = (void *)BPF_FUNC_ringbuf_submit;
static void (*ring_discard)(void *record, __u64 flags) = (void *)BPF_FUNC_ringbuf_discard;
