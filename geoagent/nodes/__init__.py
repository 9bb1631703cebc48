"""The nodes of the graph: each takes the state and returns only what it adds."""
