"""transformer: fills a request's prompt with an entity's newest features."""

from museline_serving.transformer.online_features import FEATURES_FIELD, OnlineFeatures

__all__ = ["FEATURES_FIELD", "OnlineFeatures"]
