"""Shows answers: on the terminal, as a page, PDF or Markdown, and as files that maps and other programs read."""
