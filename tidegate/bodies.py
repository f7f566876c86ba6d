"""The JSON within a stored body: as it came, or in a form's field.

Zoho can send its record as `JSONString=…` of a form (shared facts on Zoho, section 3). The bytes
are kept as they came, so whoever reads them unpacks them by their media type.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qsl

FORM = "application/x-www-form-urlencoded"
FIELD = "JSONString"


@lru_cache(256)
def is_form(media_type: str) -> bool:
    """Whether a body of this type is a form."""
    return media_type.partition(";")[0].strip().lower() == FORM


def json_text(body: bytes, media_type: str) -> bytes:
    """The JSON document; a form without the field, or with two, is given back as it is."""
    if not is_form(media_type):
        return body
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return body
    found = [value for name, value in fields if name == FIELD]
    return found[0].encode("utf-8", "surrogatepass") if len(found) == 1 else body
