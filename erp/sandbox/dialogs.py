"""What the application's rules say no to, as AL's Error() does: in the language that was asked for.

Source of the English words: the base application's PurchaseLine, PurchaseHeader and SalesHeader
tables and the pages of API v2.0.
"""

from __future__ import annotations

from decimal import Decimal

from erp.sandbox.errors import BcError
from tidegate.canon import Json


def dialog(english: str, german: str) -> BcError:
    """A business rule said no."""
    return BcError(400, "Application_DialogException", english, german=german)


def must_be_filled(field: str) -> BcError:
    """A field that may not be blank."""
    return dialog(
        f"{field} must be filled in. Enter a value.",
        f"{field} muss ausgefüllt sein. Geben Sie einen Wert ein.",
    )


def must_be_one_of(field: str, choices: tuple[str, ...]) -> BcError:
    """An option that is none."""
    listed = ", ".join(choices)
    return dialog(f"{field} must be one of {listed}.", f"{field} muss eines von {listed} sein.")


def lines_need_a_filter() -> BcError:
    """Lines of a document, asked for without a document."""
    return dialog(
        "You must specify an Id or a Document Id to get the lines.",
        "Sie müssen eine ID oder eine Dokument-ID angeben, um die Zeilen abzurufen.",
    )


def not_open(table: str, number: str, status: str) -> BcError:
    """TestStatusOpen: a change that a released document does not take."""
    return dialog(
        f"Status must be equal to 'Open'  in {table}: Document Type=Order, No.={number}. "
        f"Current value is '{status}'.",
        f"Status muss gleich 'Offen' sein in {table}: Belegart=Bestellung, Nr.={number}. "
        f"Der aktuelle Wert ist '{status}'.",
    )


def not_released(table: str, number: str, status: str) -> BcError:
    """A posting, or a reopening, of a document that waits for its approval."""
    return dialog(
        f"Status must be equal to 'Released'  in {table}: Document Type=Order, No.={number}. "
        f"Current value is '{status}'.",
        f"Status muss gleich 'Freigegeben' sein in {table}: Belegart=Bestellung, Nr.={number}. "
        f"Der aktuelle Wert ist '{status}'.",
    )


def below_received(key: str) -> BcError:
    """A quantity below what came in."""
    number, _, line = key.rpartition("/")
    return dialog(
        f"Quantity must not be less than Quantity Received in Purchase Line Document Type='Order',"
        f"Document No.='{number}',Line No.='{line}'.",
        f"Menge darf nicht kleiner sein als Bereits gelieferte Menge in Einkaufszeile "
        f"Belegart='Bestellung',Belegnr.='{number}',Zeilennr.='{line}'.",
    )


def more_than(verb: str, verb_german: str, most: Decimal | int) -> BcError:
    """Receiving, returning or invoicing more than is there."""
    return dialog(
        f"You cannot {verb} more than {most} units.",
        f"Sie können nicht mehr als {most} Einheiten {verb_german}.",
    )


def date_before_order(wanted: str, ordered: str, number: Json, line: Json) -> BcError:
    """An expected date before the order's own."""
    return dialog(
        f"Expected Receipt Date {wanted} cannot be earlier than the Order Date {ordered} "
        f"of order {number}, line {line}.",
        f"Das erwartete Wareneingangsdatum {_german(wanted)} darf nicht vor dem Bestelldatum "
        f"{_german(ordered)} der Bestellung {number}, Zeile {line}, liegen.",
    )


def not_to_be_found(what: str, german: str) -> BcError:
    """A record that a field names and that is not there."""
    return dialog(f"The {what} cannot be found.", f"{german} wurde nicht gefunden.")


def posted(what: str, number: str) -> BcError:
    """A change of a document that is posted."""
    return dialog(
        f"The {what} {number} is posted and cannot be changed.",
        f"Der Beleg {number} ist gebucht und kann nicht geändert werden.",
    )


def already_there_for_vendor(number: str) -> BcError:
    """A vendor's invoice number that was posted before."""
    return dialog(
        f"Purchase Invoice {number} already exists for this vendor.",
        f"Einkaufsrechnung {number} ist für diesen Kreditor bereits vorhanden.",
    )


def below_zero(field: str) -> BcError:
    """A number that may not be below zero."""
    return dialog(f"{field} must not be negative.", f"{field} darf nicht negativ sein.")


def nothing_to_post() -> BcError:
    """A posting without a line that has a quantity."""
    return dialog("There is nothing to post.", "Es gibt nichts zu buchen.")


def _german(day: str) -> str:
    return ".".join(reversed(day.split("-")))
