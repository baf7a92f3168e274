"""Features: values of an entity as of a time, and the prompts that they fill.

Training (point-in-time, featurize) and serving (the online store, transformer) share this package,
so that both read the same feature services and write the same digits into a prompt.
"""

from museline.features.rendering import format_value, placeholders, render_prompt
from museline.features.store import (
    ENTITY,
    EVENT_TIME,
    FEATURE_REPO,
    RECORDS,
    import_feast_alone,
    online_values,
    open_store,
    views_of,
    views_with,
)

__all__ = [
    "ENTITY",
    "EVENT_TIME",
    "FEATURE_REPO",
    "RECORDS",
    "format_value",
    "import_feast_alone",
    "online_values",
    "open_store",
    "placeholders",
    "render_prompt",
    "views_of",
    "views_with",
]
