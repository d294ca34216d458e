"""A Secret shows itself to nobody."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass

import pytest

from scanner.secret import Secret


@dataclass
class Holder:
    password: Secret


def test_no_way_of_showing_it_shows_it() -> None:
    secret = Secret("hunter2-planted")
    shown = [
        repr(secret),
        str(secret),
        f"{secret!s} {secret!r} {secret:>10}",
        repr(Holder(secret)),
        "%s" % (secret,),  # noqa: UP031
        repr({"a": [secret]}),
    ]
    assert not any("hunter2" in text for text in shown)
    assert secret.reveal() == "hunter2-planted"


def test_it_cannot_be_stored() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("hunter2-planted"))
    with pytest.raises(TypeError):
        json.dumps({"password": Secret("hunter2-planted")})
