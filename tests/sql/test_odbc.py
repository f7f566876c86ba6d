"""`DB_DSN` in both its forms becomes what the driver reads."""

from __future__ import annotations

import pytest

from sql.odbc import DRIVER, field, odbc_string
from tidegate.errors import ConfigError

RAW = "DRIVER={ODBC Driver 18 for SQL Server};SERVER=tcp:host,1433;DATABASE=house;UID=me"
URL = "mssql+pyodbc://me:p%40ss%3Bword@host:1433/house?Encrypt=no"


def test_a_url_names_server_database_login_and_its_options() -> None:
    made = odbc_string(URL, None, "tidegate test 1")
    found = {name: field(made, name) for name in ("server", "database", "uid", "pwd", "encrypt")}
    assert found == {
        "server": "host,1433",
        "database": "house",
        "uid": "me",
        "pwd": "p@ss;word",
        "encrypt": "no",
    }
    assert field(made, "driver") == DRIVER


def test_the_application_is_named_whatever_the_dsn_says() -> None:
    assert (
        field(odbc_string(RAW + ";APP=excel", None, "tidegate sync 1"), "app") == "tidegate sync 1"
    )


@pytest.mark.parametrize("password", ["plain", "semi;colon", "{braced}", "clos}ing", "eq=ual", " "])
def test_any_password_survives(password: str) -> None:
    assert field(odbc_string(RAW, password, "t"), "pwd") == password


def test_a_password_of_the_dsn_itself_wins() -> None:
    assert field(odbc_string(RAW + ";PWD=own", "other", "t"), "pwd") == "own"


def test_a_trusted_connection_is_sent_no_password() -> None:
    made = odbc_string("SERVER=host;DATABASE=house;Trusted_Connection=yes", "secret", "t")
    assert "secret" not in made
    assert field(made, "driver") == DRIVER


def test_a_named_data_source_needs_no_driver() -> None:
    assert field(odbc_string("DSN=house", None, "t"), "driver") is None


def test_an_odbc_string_within_a_url_is_read() -> None:
    made = odbc_string("mssql+pyodbc:///?odbc_connect=SERVER%3Dhost%3BDATABASE%3Dhouse", None, "t")
    assert field(made, "database") == "house"


def test_what_is_asked_for_wins() -> None:
    assert field(odbc_string(RAW, None, "t", database="master"), "database") == "master"


@pytest.mark.parametrize(
    "dsn", ["SERVER=host;PWD={never secret", "just secret", "mssql+pymssql://me:secret@host/house"]
)
def test_what_cannot_be_read_is_refused_without_repeating_it(dsn: str) -> None:
    with pytest.raises(ConfigError) as caught:
        odbc_string(dsn, None, "t")
    assert "secret" not in str(caught.value) + caught.value.next_step
