#!/bin/sh
# One-arm pass-through by routing: what arrives on gwi-X is forwarded to gwo-X, one hop less.
set -eu
[ "$1" = CREATE ] || exit 0
table=$((1000 + $(cat "/sys/class/net/$2/ifindex")))
sysctl -qw "net.ipv4.conf.$2.rp_filter=0" "net.ipv4.conf.$3.rp_filter=0"
for family in -4 -6; do
  ip $family rule add iif "$2" lookup "$table" priority "$table"
  ip $family route add default dev "$3" table "$table"
done
