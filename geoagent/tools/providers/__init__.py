"""Who answers the tools: one service or library a file."""
