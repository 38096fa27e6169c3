"""Makes `firmware_profiles/profile.schema.json` from the format, for editors. Called by `tests.docs.write`."""

import json
from typing import Final

from bridge.profiles.model import Profile

PLACE: Final = "firmware_profiles/profile.schema.json"


def render() -> str:
    """The JSON Schema of a device profile."""
    schema = Profile.model_json_schema()
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1) + "\n"
