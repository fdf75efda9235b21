#!/bin/sh
# Two arms with source NAT for endpoints whose addresses overlap: create-nat.sh with a conntrack zone for each endpoint.
#
#   gwlbtun -c ./create-nat-overlapping.sh -r ./create-nat-overlapping.sh
set -eu
ZONES=1 exec "$(dirname "$0")/create-nat.sh" "$@"
