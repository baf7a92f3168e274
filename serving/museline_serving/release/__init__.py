"""An embedded release, from two registered models to a record."""

from museline_serving.release.run import ReleaseStoppedError, resume_release, run_release

__all__ = ["ReleaseStoppedError", "resume_release", "run_release"]
