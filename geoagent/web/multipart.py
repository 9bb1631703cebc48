"""A form with one file (RFC 7578), as browsers send it."""

import hashlib


def multipart(field: str, jpeg: bytes) -> tuple[bytes, str]:
    """The body of a form that holds a JPEG in the field `field`, and its content type."""
    boundary = hashlib.sha256(jpeg).hexdigest()[:32]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="photo.jpg"\r\n'
    body = head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + jpeg + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"
