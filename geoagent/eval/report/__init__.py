"""Reports on runs: one HTML page that needs no network, Markdown, or a table of scores as CSV or Parquet."""
