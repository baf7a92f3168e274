"""`muse`: a group whose nouns come from the installed packages."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import click

from museline import __version__
from museline.errors import MuselineError, near
from museline.extras import EXTRA_OF, missing_extra, need
from museline.storage.space import full_disk, is_full_disk

SUMMARIES = {
    "demo": "Watch Muse replace Llama 4, from raw data to all traffic.",
    "doctor": "Check what this machine has, and how to mend it.",
    "models": "List, show and compare registered models.",
    "pipeline": "Compile pipelines for Kubeflow.",
    "release": "Replace one model by another, surface by surface.",
    "run": "Run a pipeline: muse run training --recipe NAME.",
    "runs": "List, show, follow and report runs.",
    "serve": "Serve one registered model.",
}
"""One line per noun, so that `muse --help` loads none of them."""

HELP = ["-h", "--help"]
NEEDED = {
    "demo": ("kfp", "ray", "torch", "transformers", "mlflow", "kserve", "envoy"),
    "run": ("kfp",),
    "serve": ("kserve", "torch"),
}
"""Libraries without which a noun cannot begin its work; looked for before it starts any."""


class LazyGroup(click.Group):
    """Finds its commands by entry points and loads one only when it is called."""

    def _entries(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group="museline.commands")}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._entries())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entries = self._entries()
        if cmd_name not in entries:
            return None
        module, _, name = entries[cmd_name].value.partition(":")
        try:
            command = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            if _top(error) not in EXTRA_OF:
                raise
            raise missing_extra(_top(error), f"muse {cmd_name}") from error
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self._entries():
            raise click.UsageError(
                f"there is no command {args[0]!r}\n  {near(args[0], self._entries())}", ctx
            )
        if args and not set(args) & set(HELP):
            need(NEEDED.get(args[0], ()), f"muse {args[0]}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, SUMMARIES.get(name, "")) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": HELP, "max_content_width": 100},
)
@click.version_option(__version__, prog_name="muse")
def cli() -> None:
    """Museline takes a model from raw data to everyone's hands, with a proof at every step."""


def main() -> None:
    """Run the command line; errors that a person can mend are printed without a traceback."""
    try:
        code = cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.secho("stopped", fg="yellow", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except (MuselineError, ModuleNotFoundError, OSError) as error:
        mendable = _for_people(error)
        if mendable is None:
            raise
        click.secho("error: ", fg="red", bold=True, err=True, nl=False)
        click.echo(str(mendable), err=True)
        sys.exit(mendable.exit_code)
    if isinstance(code, int):
        sys.exit(code)


def _for_people(error: Exception) -> MuselineError | None:
    """The error to show, or None for one that nobody at the keyboard can mend."""
    if isinstance(error, MuselineError):
        return error
    if isinstance(error, ModuleNotFoundError) and _top(error) in EXTRA_OF:
        return missing_extra(_top(error), "this command")
    if isinstance(error, OSError) and is_full_disk(error):
        return full_disk(error, Path.cwd())
    return None


def _top(error: ModuleNotFoundError) -> str:
    return (error.name or "").split(".", maxsplit=1)[0]
