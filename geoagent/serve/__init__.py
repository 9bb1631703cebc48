"""`geoagent serve`: a page and an API on this machine; one process answers requests, a second one solves cases."""
