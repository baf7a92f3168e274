"""`muse serve`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

READY_SECONDS = 180.0
EXAMPLE = """\
curl {url}/v1/chat/completions -H 'content-type: application/json' \\
  -d '{{"model": "assistant", "messages": [{{"role": "user", "content": "What is 12 + 30?"}}]}}'"""


@click.command()
@click.argument("model")
@click.option("--port", default=8081, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--device", default="cpu", show_default=True, help="The torch device.")
@click.option(
    "--feature-repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A Feast repository that fills the field `features` of requests.",
)
@click.option("--fault", "faults", multiple=True, help="Game days: errors=0.1, latency=0.5.")
def serve(
    model: str,
    port: int,
    host: str,
    device: str,
    feature_repo: Path | None,
    faults: tuple[str, ...],
) -> None:
    """Serve one registered MODEL: its name, its number, `champion` or `candidate`.

    Its signature is checked first. Stays in the foreground; Ctrl-C lets running requests finish.
    """
    from museline.registry import Registry
    from museline.registry.keys import public_key_path
    from museline.storage import Home
    from museline_serving.predictor.listener import bind

    home = Home.find()
    entry = Registry(home).find(model)
    with bind(host, port) as probe:  # fail now rather than after the model is loaded
        port = int(probe.getsockname()[1])
    command = [
        *(sys.executable, "-m", "museline_serving.predictor"),
        *("--model-folder", str(entry.folder), "--public-key", str(public_key_path(home))),
        *("--model-name", entry.public_name, "--version", entry.label),
        *("--host", host, "--port", str(port), "--device", device),
        *("--parent", str(os.getpid()), "--log-level", "warning"),
        *(("--feature-repo", str(feature_repo)) if feature_repo else ()),
        *(part for each in faults for part in ("--fault", each)),
    ]
    sys.exit(_run(command, f"http://{f'[{host}]' if ':' in host else host}:{port}", entry.label))


def _run(command: Sequence[str], url: str, label: str) -> int:
    """Run the server until it ends; its exit code."""
    click.echo(f"loading {label} ...")
    begin = time.monotonic()
    with subprocess.Popen(command) as server:
        try:
            if _wait_ready(server, url):
                click.secho(
                    f"{label} answers at {url} ({time.monotonic() - begin:.0f} s)", fg="green"
                )
                click.echo(EXAMPLE.format(url=url))
                click.echo("Ctrl-C ends it.")
            return server.wait()
        except KeyboardInterrupt:  # the server got the signal too, and lets requests finish
            return server.wait()


def _wait_ready(server: subprocess.Popen[bytes], url: str) -> bool:
    """Whether the server became ready; if not, it has ended by itself or takes too long."""
    import httpx

    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(trust_env=False, timeout=2) as client:
        while server.poll() is None and time.monotonic() < deadline:
            try:
                if client.get(f"{url}/v2/health/ready").status_code == 200:
                    return True
            except httpx.TransportError:
                time.sleep(0.1)
    if server.poll() is None:
        click.secho(f"not ready after {READY_SECONDS:.0f} s; still waiting", fg="yellow", err=True)
    return False
