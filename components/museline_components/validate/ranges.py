"""What is possible for the measurements in records, by view and feature: wide, not typical.

A unit mixed up or a fill value such as -999 falls out; an unusual patient does not.
"""

from __future__ import annotations

Range = tuple[float, float]
ANY_NUMBER: Range = (-1e12, 1e12)
"""For a feature that is not listed: finite."""

_NUCLEUS: dict[str, Range] = {
    "radius": (1, 100),
    "texture": (1, 100),
    "perimeter": (1, 1_000),
    "area": (1, 50_000),
    "smoothness": (0, 1),
    "compactness": (0, 5),
    "concavity": (0, 5),
    "concave_points": (0, 1),
    "symmetry": (0, 2),
    "fractal_dimension": (0, 1),
}
"""Cell nuclei in a digitized image, in pixels or without a unit."""

RANGES: dict[str, dict[str, Range]] = {
    "breast_cancer": {
        **{f"mean_{name}": bounds for name, bounds in _NUCLEUS.items()},
        **{f"worst_{name}": bounds for name, bounds in _NUCLEUS.items()},
        **{f"{name}_error": (0, high) for name, (_, high) in _NUCLEUS.items()},
    },
    "diabetes": {
        "age": (0, 120),  # years
        "sex": (1, 2),
        "bmi": (10, 80),  # kg/m²
        "bp": (30, 250),  # mmHg
        "tc": (50, 600),  # mg/dL, as the other serum values
        "ldl": (5, 500),
        "hdl": (5, 200),
        "tch": (1, 20),  # total cholesterol over HDL
        "ltg": (1, 10),  # logarithm of the triglycerides
        "glu": (20, 600),
    },
}
