"""An embedded release, from two registered models to a record."""

from museline_serving.release.run import ReleaseStopped, resume_release, run_release

__all__ = ["ReleaseStopped", "resume_release", "run_release"]
