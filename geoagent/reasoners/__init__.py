"""Reasoners, which look at a case and decide what to do: the embedded rules, or a model behind a server."""
