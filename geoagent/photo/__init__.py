"""Photos: read from files, checked, and shown in views."""

from geoagent.photo.photo import Photos, check_photo, load_photo, read_blocks, read_position, read_shot, readable

__all__ = ["Photos", "check_photo", "load_photo", "read_blocks", "read_position", "read_shot", "readable"]
