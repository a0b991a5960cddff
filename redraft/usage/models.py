"""The shapes of the record: money, rows of usage, and what a call leaves behind."""

from decimal import ROUND_HALF_EVEN, Decimal

PICO = Decimal(10) ** 12
"""Money is stored as an integer of millionths of a millionth: exact for a million tokens' price with six decimals."""


def to_pico(cost: Decimal) -> int:
    """`cost` in currency units as stored; what is finer than a pico-unit is rounded half to even."""
    return int((cost * PICO).to_integral_value(ROUND_HALF_EVEN))


def from_pico(pico: int) -> Decimal:
    """The amount in currency units that `pico` stands for, exactly."""
    return Decimal(pico) / PICO
