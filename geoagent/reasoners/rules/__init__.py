"""The embedded reasoner, which follows rules and needs no model."""
