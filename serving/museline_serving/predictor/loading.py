"""From a signed folder to a service that answers."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from museline.errors import IntegrityError

if TYPE_CHECKING:
    from museline_serving.predictor.options import Options
    from museline_serving.predictor.service import FeatureFiller, Service

logger = logging.getLogger("museline.predictor")


def verify(folder: Path, public_key: Path | None, allow_unsigned: bool) -> None:
    """Check the signature of `folder` before anything in it is read.

    Raises IntegrityError, which names the file, or, without a key, unless that is allowed.
    """
    if public_key is not None:
        from museline.registry.signing import verify_folder

        verify_folder(folder, public_key)
    elif allow_unsigned:
        logger.warning("%s is served without checking its signature", folder)
    else:
        raise IntegrityError(
            "no key is given to verify the model with",
            value=folder,
            mend="add --public-key FILE, or --allow-unsigned to serve what nobody vouches for",
        )


def load_service(options: Options) -> Service:
    """Load (what `verify` let through), and answer once, so that the first person does not wait."""
    from museline.models import load
    from museline_serving.predictor.batcher import Batcher
    from museline_serving.predictor.engine import TransformersEngine
    from museline_serving.predictor.faults import Faults
    from museline_serving.predictor.metrics import Metrics
    from museline_serving.predictor.service import Service

    engine = TransformersEngine(load(options.model_folder, options.device), options.threads)
    encoded, _ = engine.encode("2 + 2", None)
    engine.prefill([encoded])
    engine.step([0])
    engine.keep([])
    if options.faults.active:
        logger.warning("FAULTS ON PURPOSE: %s", options.faults)
    service = Service(
        name=options.model_name,
        version=options.version,
        batcher=Batcher(engine, options.slots, options.queue),
        metrics=Metrics(options.model_name, options.version),
        faults=Faults(options.faults),
        default_max_tokens=options.default_max_tokens,
        features=_open_features(options.feature_repo),
    )
    service.watch()
    return service


def _open_features(feature_repo: Path | None) -> FeatureFiller | None:
    """The online features, opened so that the first request does not wait. Raises DataError."""
    if feature_repo is None:
        return None
    from museline_serving.transformer import OnlineFeatures

    features = OnlineFeatures(feature_repo)
    features.open()
    return features
