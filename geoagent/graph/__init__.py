"""The state machine: what is built, and a node a file."""
