#!/bin/sh
# Two arms: what arrives from an endpoint leaves by the uplink with the appliance's address (source NAT), and answers go back
# to the endpoint. With ZONES=1 each endpoint has a conntrack zone of its own,
# so that several may have the same addresses.
#
#   gwlbtun -c ./create-nat.sh -r ./create-nat.sh
#
# UPLINK names the uplink; default: the interface of the default route. The instance needs its source/destination check off
# only if it forwards without NAT, too. Arguments: CREATE|DESTROY gwi-X gwo-X ENI. Needs: ip (iproute2), nft (nftables).
set -eu
event=$1 in=$2 out=$3 eni=$4
mark=$((10000 + $(cat "/sys/class/net/$in/ifindex")))
ruleset=gwlbtun_$eni

case $event in
CREATE)
  uplink=${UPLINK:-$(ip route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)}
  [ -n "$uplink" ] || { echo "no default route: set UPLINK" >&2; exit 1; }
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
  echo 0 >"/proc/sys/net/ipv4/conf/$in/rp_filter"
  zone=''
  # The zone is that of the original direction alone: answers find the connection by the translated address.
  [ -z "${ZONES:-}" ] || zone="iifname \"$in\" ct original zone set $((mark % 65536))"
  nft -f - <<RULES
table inet $ruleset {
  chain zones {
    type filter hook prerouting priority raw;
    $zone
  }
  chain marks {
    type filter hook prerouting priority mangle;
    iifname "$in" ct mark set $mark
    iifname "$uplink" ct mark $mark meta mark set ct mark
  }
  chain translation {
    type nat hook postrouting priority srcnat;
    oifname "$uplink" ct mark $mark masquerade
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
