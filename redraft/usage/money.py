"""Money: kept as whole numbers, so that sums are exact on every database."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer

PICO = Decimal(10) ** 12
"""Money is stored in millionths of a millionth: exact for a million tokens' price with six decimals."""

Cost = Annotated[
    Decimal, PlainSerializer(float, return_type=float), Field(description="In `currency` units", examples=[0.00042])
]


def to_pico(cost: Decimal) -> int:
    """`cost` in currency units as stored; what is finer than a pico-unit is rounded half to even."""
    return int((cost * PICO).to_integral_value(ROUND_HALF_EVEN))


def from_pico(pico: int) -> Decimal:
    """The amount in currency units that `pico` stands for, exactly."""
    return Decimal(pico) / PICO
