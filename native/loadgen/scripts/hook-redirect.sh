#!/bin/sh
# One-arm pass-through below the stack: what arrives on gwi-X leaves by gwo-X, hop count untouched.
set -eu
[ "$1" = CREATE ] || exit 0
tc qdisc add dev "$2" ingress
tc filter add dev "$2" parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev "$3"
