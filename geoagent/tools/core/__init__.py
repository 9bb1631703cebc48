"""What a tool is, what it may read, and which tools a reasoner is offered."""
