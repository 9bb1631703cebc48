"""The state machine that solves a case: how it is built, and one module for each of its nodes."""
