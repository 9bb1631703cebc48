"""The answers of other systems, read from files, with the points and countries that their texts state."""
