"""Films: their key frames as photos, place by place, and the positions that their files hold."""
