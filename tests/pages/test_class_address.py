from __future__ import annotations

import os
import subprocess

import pytest
from streamlit import config

from pages.components.session.loopback import is_loopback
from pages.components.teach.rooms import address
from pages.components.teach.rooms.address import ClassAddress, class_address
from tests.conftest import ROOT


@pytest.fixture
def listening(monkeypatch):
    """Sets where the server listens, and what this computer is called in its network."""
    options = {"server.address": "localhost", "server.baseUrlPath": ""}
    monkeypatch.setattr(config, "get_option", options.__getitem__)
    monkeypatch.setattr(address, "own_address", lambda: "192.0.2.9")
    return options


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.3.2.1", True), ("::1", True), ("::ffff:127.0.0.1", True),
        ("192.0.2.9", False), ("::ffff:192.0.2.9", False), ("0.0.0.0", False), ("example.org", False), ("", False),
    ],
)  # fmt: skip
def test_this_computer_is_known_by_its_addresses(host, expected):
    assert is_loopback(host) is expected


def test_a_server_for_this_computer_alone_says_so(listening):
    assert class_address("http://localhost:8501/room") == ClassAddress(
        "http://localhost:8501/class/", reachable=False
    )


@pytest.mark.parametrize("listens", ["0.0.0.0", "::", None, "192.0.2.9"])
def test_learners_are_given_the_address_in_the_network(listening, listens):
    listening["server.address"] = listens
    found = class_address("http://localhost:8501/room?room=1")
    assert (found.base, found.reachable) == ("http://192.0.2.9:8501/class/", True)
    assert found.of("ABC234") == "http://192.0.2.9:8501/class/?code=ABC234"


def test_an_address_by_which_the_teacher_came_from_elsewhere_is_the_learners_as_well(listening):
    listening["server.baseUrlPath"] = "/spine/"
    assert (
        class_address("https://teach.example.org/spine/room").base == "https://teach.example.org/spine/class/"
    )
    assert class_address("http://[2001:db8::1]:8501/").base == "http://[2001:db8::1]:8501/spine/class/"


def test_the_server_is_opened_to_the_network_by_the_command_line_alone():
    def command(*arguments: str, **environment: str) -> str:
        run = subprocess.run(
            ["make", "-n", "app", *arguments], cwd=ROOT, capture_output=True, text=True, check=True,
            env=os.environ | environment,
        )  # fmt: skip
        return run.stdout

    assert "run app.py --server.address=0.0.0.0 --server.port=8080" in command("HOST=0.0.0.0", "PORT=8080")
    # Some shells export the name of the computer.
    assert "--server.address" not in command(HOST="0.0.0.0")
