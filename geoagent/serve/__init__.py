"""`geoagent serve`: a page and an API on this machine; one process answers, another one solves."""
