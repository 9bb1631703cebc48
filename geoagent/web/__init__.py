"""The one way by which tools reach the network (the gate), and the services that answer them, one a file."""
