"""The one way to the network, and the services that answer tools, one a file."""
