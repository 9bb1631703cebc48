"""Files that are written where a person says, and folders of our own."""
