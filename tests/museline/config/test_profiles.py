"""Profiles come from museline.toml; the embedded one is always there."""

import pytest

from museline.config import Profile, load_profile
from museline.errors import ConfigurationError


def test_without_a_file_there_is_the_embedded_profile(tmp_path):
    assert load_profile(folder=tmp_path) == Profile()


def test_profiles_are_read_and_the_embedded_one_can_be_changed(tmp_path):
    (tmp_path / "museline.toml").write_text(
        '[profile.staging]\ncontext = "stage"\nworkers = 8\n'
        "[profile.embedded]\ngateway_port = 9090\n"
    )
    assert load_profile("staging", tmp_path) == Profile(name="staging", context="stage", workers=8)
    assert load_profile(folder=tmp_path).gateway_port == 9090


@pytest.mark.parametrize(
    ("text", "name", "parts"),
    [
        ("[profile.staging]\n", "stagging", ["stagging", "did you mean staging", "[profile.stagg"]),
        ("[profile.a]\nworker = 1\n", "a", ["[profile.a] worker", "did you mean workers"]),
        ("[profile.a]\nworkers = 0\n", "a", ["workers", "got: 0"]),
        ("[profile.a]\ngateway_port = 70000\n", "a", ["gateway_port", "70000"]),
        ("[profile\n", "a", ["not valid TOML", "museline.toml"]),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, name, parts):
    (tmp_path / "museline.toml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_profile(name, tmp_path)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["profile = 3\n", "[profile]\na = 3\n"])
def test_a_profile_that_is_no_table_is_named(tmp_path, text):
    (tmp_path / "museline.toml").write_text(text)
    with pytest.raises(ConfigurationError, match="table"):
        load_profile("a", tmp_path)
