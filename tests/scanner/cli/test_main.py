"""The command's frame: what ends it, and with which exit code."""

from __future__ import annotations

import pytest

import scanner.cli.app
from scanner.cli import main
from scanner.errors import OutputError, UsageError


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UsageError("list.csv: is empty"), 2, "mailready: list.csv: is empty"),
        (OutputError("out: No space left on device"), 4, "No space left"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ZeroDivisionError("a defect"), 4, "this is a defect in mailready"),
    ],
)
def test_what_ends_the_command_has_its_exit_code(
    error: BaseException, code: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(scanner.cli.app, "app", fail)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert says in capsys.readouterr().err
