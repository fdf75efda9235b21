#!/bin/sh
# Two namespaces joined by a cable: `namespaces.sh up PREFIX` makes PREFIX-gwlb (vg, 10.9.0.1) and PREFIX-appliance
# (va, 10.9.0.2), MTU 9001; `namespaces.sh down PREFIX` removes them. Needs root.
set -eu
action=$1
prefix=$2
gwlb=$prefix-gwlb
appliance=$prefix-appliance

down() {
  ip netns del "$gwlb" 2>/dev/null || true
  ip netns del "$appliance" 2>/dev/null || true
}

case $action in
up)
  ip netns add "$gwlb"
  ip netns add "$appliance"
  ip -n "$gwlb" link add vg mtu 9001 type veth peer name va mtu 9001 netns "$appliance"
  for name in "$gwlb" "$appliance"; do
    ip netns exec "$name" sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0
    ip -n "$name" link set lo up
  done
  ip netns exec "$appliance" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
    net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
  ip -n "$gwlb" addr add 10.9.0.1/24 dev vg
  ip -n "$appliance" addr add 10.9.0.2/24 dev va
  ip -n "$gwlb" link set vg up
  ip -n "$appliance" link set va up
  ;;
down) down ;;
*)
  echo "usage: namespaces.sh up|down PREFIX" >&2
  exit 2
  ;;
esac
