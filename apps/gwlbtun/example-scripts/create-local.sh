#!/bin/sh
# A service on the appliance itself answers what arrives from endpoints: answers of a connection go back to the endpoint that
# it came from. Give the appliance the service's addresses first, for example: ip addr add 198.51.100.2/32 dev lo
# A default route must be there, whatever it is: the kernel looks for a route before the rules here change it.
#
#   gwlbtun -c ./create-local.sh -r ./create-local.sh
#
# Arguments: CREATE|DESTROY gwi-X gwo-X ENI. Needs: ip (iproute2), nft (nftables).
set -eu
event=$1 in=$2 out=$3 eni=$4
mark=$((10000 + $(cat "/sys/class/net/$in/ifindex")))
ruleset=gwlbtun_$eni

case $event in
CREATE)
  echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
  echo 0 >"/proc/sys/net/ipv4/conf/$in/rp_filter"
  nft -f - <<RULES
table inet $ruleset {
  chain arriving {
    type filter hook prerouting priority mangle;
    iifname "$in" ct mark set $mark
  }
  chain answering {
    type route hook output priority mangle;
    ct mark $mark meta mark set ct mark
  }
}
RULES
  for family in -4 -6; do
    ip $family route replace default dev "$out" table "$mark"
    ip $family rule add fwmark "$mark" lookup "$mark" priority "$mark"
  done
  ;;
DESTROY)
  nft delete table inet "$ruleset" 2>/dev/null || true
  for family in -4 -6; do
    ip $family rule del fwmark "$mark" lookup "$mark" priority "$mark" 2>/dev/null || true
    ip $family route flush table "$mark" 2>/dev/null || true
  done
  ;;
esac
