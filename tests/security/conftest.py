"""What the tests of security share with those of accounts."""

from tests.accounts.conftest import phones, second, second_url

__all__ = ["phones", "second", "second_url"]
