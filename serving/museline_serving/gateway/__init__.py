"""The embedded gateway: Envoy in front of both models, and the users that play in front of it."""

from museline_serving.gateway.envoy import Gateway, start_gateway

__all__ = ["Gateway", "start_gateway"]
