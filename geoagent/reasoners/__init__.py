"""Who reasons: the embedded rules, or a vision-language model behind a server."""
