#!/bin/sh
# One arm, routed: what arrives from an endpoint is forwarded back to it, one hop less. Rules of the forward chain apply,
# connection tracking works. Overlapping addresses of several endpoints are no problem: each has a routing table of its own.
#
#   gwlbtun -c ./create-route.sh -r ./create-route.sh
#
# Arguments: CREATE|DESTROY gwi-X gwo-X ENI. Needs: ip (iproute2).
set -eu
event=$1 in=$2 out=$3
table=$((10000 + $(cat "/sys/class/net/$in/ifindex")))

case $event in
CREATE)
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  # The kernel uses the greater of `all` and the interface's own value.
  echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
  echo 0 >"/proc/sys/net/ipv4/conf/$in/rp_filter"
  for family in -4 -6; do
    ip $family route replace default dev "$out" table "$table"
    ip $family rule add iif "$in" lookup "$table" priority "$table"
  done
  ;;
DESTROY)
  for family in -4 -6; do
    ip $family rule del iif "$in" lookup "$table" priority "$table" 2>/dev/null || true
    ip $family route flush table "$table" 2>/dev/null || true
  done
  ;;
esac
