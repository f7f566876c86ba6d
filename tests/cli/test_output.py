"""What commands print, in each form."""

from __future__ import annotations

import csv
import io
import json

import pytest

from cli.output import Format, plain, show_document, show_one, show_rows

ROWS = [{"event_id": "01a1fc1d-d1e0-7001", "n": 1, "extra": {"a": [1]}}, {"event_id": "b", "n": 2}]
COLUMNS = {"event_id": "event", "n": "count"}


def printed(capsys: pytest.CaptureFixture[str], form: Format) -> str:
    show_rows(ROWS, COLUMNS, form)
    return capsys.readouterr().out


def test_a_table_shows_the_chosen_columns(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, Format.table)
    assert out.split("\n")[0].split() == ["event", "count"]
    assert "01a1fc1d-d1e0-7001" in out
    assert "extra" not in out


def test_json_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, Format.json)) == ROWS


def test_json_lines_hold_a_row_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert [json.loads(line) for line in printed(capsys, Format.jsonl).splitlines()] == ROWS


def test_csv_holds_every_field_of_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    read = list(csv.DictReader(io.StringIO(printed(capsys, Format.csv))))
    assert [row["n"] for row in read] == ["1", "2"]
    assert [row["extra"] for row in read] == ['{"a": [1]}', ""]


def test_csv_without_rows_keeps_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([], COLUMNS, Format.csv)
    assert capsys.readouterr().out == "event_id,n\n"


def test_a_document_is_one_line_as_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show_document({"a": 1, "rows": ROWS}, ROWS, COLUMNS, Format.jsonl)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out)["rows"] == ROWS


def test_one_thing_reads_without_what_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    show_one({"name": "a", "owner": None}, Format.table)
    assert capsys.readouterr().out == "name  a\n"


def test_one_thing_is_whole_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    show_one({"name": "a", "owner": None}, Format.jsonl, {"name": "a"})
    assert json.loads(capsys.readouterr().out) == {"name": "a", "owner": None}


def test_what_a_sender_wrote_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([{"event_id": "\x1b[2J[red]x\u202e", "n": 1}], COLUMNS, Format.table)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\\u001b[2J[red]x\\u202e" in out


def test_a_long_cell_in_a_pipe_is_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([{"event_id": "x" * 300, "n": 1}], COLUMNS, Format.table)
    assert "x" * 300 in capsys.readouterr().out


def test_values_read_as_a_person_writes_them() -> None:
    assert [plain(value) for value in (None, True, False, 7, ["a"])] == [
        "",
        "yes",
        "no",
        "7",
        '["a"]',
    ]
