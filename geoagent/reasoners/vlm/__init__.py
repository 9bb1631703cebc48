"""The reasoner that asks a vision-language model."""
