"""The comparison of the hub with other servers: what `make bench` runs."""
