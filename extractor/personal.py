"""Which columns tell who somebody is; a vendor with pseudonyms never gets them."""

# Optional columns: blank. Free text of teachers is among them: it may name anybody.
PERSONAL: dict[str, tuple[str, ...]] = {
    "users": ("userIds", "middleName", "identifier", "email", "sms", "phone", "password"),
    "demographics": (
        "birthDate",
        "countryOfBirthCode",
        "stateOfBirthAbbreviation",
        "cityOfBirth",
    ),
    "lineItems": ("description",),
    "results": ("comment",),
}
# Required columns: something neutral stands there. `None` is made from the pseudonym.
NEUTRAL: dict[str, dict[str, str | None]] = {
    "users": {"username": None, "givenName": None, "familyName": None},
    "lineItems": {"title": "Assignment"},
}
