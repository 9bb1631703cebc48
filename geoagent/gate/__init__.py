"""The gate: the one way out to the network, checked, limited, recorded."""
