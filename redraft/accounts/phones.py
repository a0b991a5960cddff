"""Phone numbers: however people write them, one form of each (E.164)."""

import phonenumbers

from redraft.errors import FieldError, InvalidRequest

MAX_CHARACTERS = 64
"""Of a number as written, with its spaces and brackets."""


def normal(written: str, default_region: str) -> str:
    """`written` as E.164, `+84912345678`. A number without a country code is read as one of `default_region`.

    Raises `InvalidRequest`. A number must be possible, that is: of a length its country has. Whether it is in service
    is what a code sent to it proves; the metadata of numbering plans lags behind the plans.
    """
    # Letters would be read as keypad digits ("1-800-FLOWERS"), and "ext. 5" as an extension nobody can be texted at.
    if not any(character.isalpha() for character in written):
        try:
            number = phonenumbers.parse(written, default_region)
        except phonenumbers.NumberParseException:
            pass
        else:
            possible = phonenumbers.is_possible_number_with_reason(number)
            if possible == phonenumbers.ValidationResult.IS_POSSIBLE and not number.extension:
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise InvalidRequest(errors=[FieldError("phone", "is not a phone number; write it with its country code, +84…")])
