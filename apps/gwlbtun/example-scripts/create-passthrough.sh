#!/bin/sh
# One arm, below the IP stack: what arrives from an endpoint goes straight back to it, hop count untouched. Firewall rules
# that see the packets on their way: nft chains of family netdev, hook ingress, on gwi-X.
#
#   gwlbtun -c ./create-passthrough.sh
#
# Arguments: CREATE|DESTROY gwi-X gwo-X ENI. Needs: tc (iproute2).
set -eu
event=$1 in=$2 out=$3

case $event in
CREATE)
  tc qdisc add dev "$in" clsact
  tc filter add dev "$in" ingress protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev "$out"
  ;;
DESTROY) tc qdisc del dev "$in" clsact 2>/dev/null || true ;;
esac
