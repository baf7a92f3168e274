"""Where the heavy work runs: Ray, started in the process or found at an address."""

from museline.compute.ray_session import prepare_ray, ray_session

__all__ = ["prepare_ray", "ray_session"]
