"""The services that answer tools: one service or library a file."""
