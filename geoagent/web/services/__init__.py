"""The services that answer tools: one service, or one library that asks several, a file."""
