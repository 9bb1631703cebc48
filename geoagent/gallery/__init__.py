"""Galleries: photos whose places are known, searched by likeness."""
