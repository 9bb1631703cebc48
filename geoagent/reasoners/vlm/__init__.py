"""The reasoner that asks a vision-language model behind an OpenAI-compatible server."""
